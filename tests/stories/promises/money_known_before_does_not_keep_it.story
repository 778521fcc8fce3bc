# A payment of the same morning is no part of what is promised afterwards (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 payment EUR 500.00 for A-1
2026-03-05 promise on A-1 by 2026-03-11
between 2026-03-05 and 2026-03-12, always wait promise_open
2026-03-13 expect act second_notice, total EUR 400.00
