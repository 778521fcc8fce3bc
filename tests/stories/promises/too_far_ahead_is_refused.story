# A promise more than 30 days ahead is not taken (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-09 promise on A-1 by 2026-04-09
2026-03-09 expect refused 30 days
2026-03-10 expect act second_notice
between 2026-03-09 and 2026-04-10, never wait promise_open
