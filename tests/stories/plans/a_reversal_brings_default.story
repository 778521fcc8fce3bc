# An instalment whose payment went back is missed: the plan is in default (SEMANTICS 3.6, 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-05 approve R1
2026-04-01 payment EUR 300.00 for A-1 as Z1
between 2026-03-28 and 2026-04-13, always wait plan_running
2026-04-14 reversal of Z1
2026-04-14 expect ask final_demand by manager, about A-1, total EUR 900.00
