# The third promise on an item needs approval: two broken ones, and a word alone stops nothing more (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 promise on A-1 by 2026-03-10 as P1
2026-03-11 expect wait promise_open
2026-03-12 expect act second_notice
2026-03-13 promise on A-1 by 2026-03-18 as P2
2026-03-19 expect wait promise_open
2026-03-20 expect act final_notice
2026-03-23 promise on A-1 by 2026-04-01 as P3
between 2026-03-23 and 2026-04-05, never wait promise_open
2026-04-03 expect act pre_collections
