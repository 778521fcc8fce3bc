# What stands in a running plan is neither planned nor promised again (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-05 approve R1
2026-03-06 promise on A-1 by 2026-03-10
2026-03-06 expect refused stands in R1
2026-03-09 plan on A-1 in 2 instalments from 2026-04-01 as R2
2026-03-09 expect refused stands in R1
between 2026-03-05 and 2026-03-31, never wait promise_open
