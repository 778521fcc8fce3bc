# A plan is offered only where the policy's conditions hold: not below 100.00 (SEMANTICS 7, Plan).
2026-02-02 invoice A-1 EUR 99.99 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01
2026-03-05 expect refused from 100
between 2026-03-05 and 2026-04-30, never wait plan_running
