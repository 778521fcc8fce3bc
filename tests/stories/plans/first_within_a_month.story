# The first of monthly instalments is due within a month (SEMANTICS 7, Plan).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-06
2026-03-05 expect refused within a month
between 2026-03-05 and 2026-04-30, never wait plan_running
