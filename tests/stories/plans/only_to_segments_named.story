# A policy may offer plans to some segments only (SEMANTICS 7, Plan).
policy segments.yaml
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01
2026-03-05 expect refused plans to vip
between 2026-03-05 and 2026-04-30, never wait plan_running
