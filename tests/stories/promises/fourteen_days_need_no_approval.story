# Exactly 14 days ahead is no question yet (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-05 promise on A-1 by 2026-03-19
between 2026-03-05 and 2026-03-20, always wait promise_open
between 2026-03-05 and 2026-03-20, never ask
