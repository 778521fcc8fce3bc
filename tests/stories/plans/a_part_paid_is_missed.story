# An instalment paid in part is missed (SEMANTICS 7, Plan).
# 299.00 of 300.00 on 1 April; tolerance through Monday 6 April; in default on the 7th.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-05 approve R1
2026-04-01 payment EUR 299.00 for A-1
between 2026-03-05 and 2026-03-26, always wait plan_running
2026-03-27 expect act instalment_reminder, total EUR 300.00
between 2026-03-28 and 2026-04-06, always wait plan_running
2026-04-07 expect ask final_demand by manager, total EUR 601.00
