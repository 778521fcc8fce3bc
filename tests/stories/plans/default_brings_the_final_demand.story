# Default makes the covered rest due, and its next step the final demand, with approval (SEMANTICS 7, Plan).
# The instalment of Friday 1 May is missed; tolerance three working days, through Wednesday 6; in default on the 7th.
# A named exception: the last step was the first reminder, and neither the steps between nor their waits are walked.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-05 approve R1
2026-04-01 payment EUR 300.00 for A-1
between 2026-03-28 and 2026-04-27, always wait plan_running
2026-04-28 expect act instalment_reminder, total EUR 300.00
between 2026-04-29 and 2026-05-06, always wait plan_running
2026-05-07 expect ask final_demand by manager, about A-1, total EUR 600.00
2026-05-08 approve final_demand
2026-05-08 expect act final_demand formal, takes A-1=final_demand, total EUR 600.00, pay by 2026-05-18
between 2026-03-05 and 2026-05-31, never act second_notice
between 2026-03-05 and 2026-05-31, never act final_notice
between 2026-03-05 and 2026-05-31, never act pre_collections
