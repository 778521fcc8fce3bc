# An item stands in one open promise: another is refused until the first is taken back (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-04 promise on A-1 by 2026-03-10 as P1
2026-03-05 promise on A-1 by 2026-03-17 as P2
2026-03-05 expect refused stands in P1
2026-03-06 promise P1 withdrawn
2026-03-06 promise on A-1 by 2026-03-17 as P3
between 2026-03-06 and 2026-03-18, always wait promise_open
