# A promise lies at most 14 days ahead, 30 with approval; before that nothing is promised (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-09 promise on A-1 by 2026-03-31 as P1
2026-03-10 expect act second_notice
2026-03-12 approve P1 by manager
between 2026-03-12 and 2026-04-01, always wait promise_open, until 2026-04-02
2026-04-02 expect act final_notice
