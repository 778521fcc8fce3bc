# VIP is an annual revenue over 100,000 with excellent history; the amount alone is not enough (SEMANTICS 8).
revenue EUR 150,000.00
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-25 expect nothing
between 2026-02-02 and 2026-03-31, never act courtesy_note
2026-03-03 expect act first_reminder
