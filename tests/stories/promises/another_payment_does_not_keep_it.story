# Paid was another invoice: the promise is broken all the same (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-02
2026-03-03 expect act first_reminder, about A-1 A-2
2026-03-05 promise on A-1 by 2026-03-11
2026-03-09 payment EUR 200.00 for A-2
between 2026-03-09 and 2026-03-12, always wait promise_open
2026-03-13 expect act second_notice, about A-1, total EUR 300.00
