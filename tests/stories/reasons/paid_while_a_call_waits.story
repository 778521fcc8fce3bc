# What is paid ends the call that waited for it: nobody is called about nothing (SEMANTICS 12, 6.4).
segment vip
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-17
2026-03-23 expect act account_manager_call, not sent
2026-03-25 payment EUR 300.00 for A-1
2026-03-25 invoice A-2 EUR 200.00 due 2026-04-15
between 2026-03-25 and 2026-04-09, never anything
2026-04-10 expect act courtesy_note, about A-2
