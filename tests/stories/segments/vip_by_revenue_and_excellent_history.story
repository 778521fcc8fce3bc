# VIP is an annual revenue over 100,000 with excellent history (SEMANTICS 8).
revenue EUR 150,000.00
grade excellent
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-04
2026-02-27 expect act courtesy_note friendly
between 2026-02-28 and 2026-03-09, never anything
2026-03-10 expect act account_manager_call, by call
between 2026-02-02 and 2026-03-31, never act first_reminder
