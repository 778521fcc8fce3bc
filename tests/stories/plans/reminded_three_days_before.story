# Three days before each instalment there is a reminder of it, once (SEMANTICS 7, Plan).
# It is about what the plan covers, demands nothing of it, and takes no step.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 plan on A-1 in 3 instalments from 2026-04-02 as R1
2026-03-05 approve R1
between 2026-03-05 and 2026-03-29, always wait plan_running
2026-03-29 expect wait plan_running, until 2026-03-30
2026-03-30 expect act instalment_reminder friendly, about A-1, demands none, takes none, total EUR 300.00, by email, sent
2026-03-31 expect wait plan_running
between 2026-03-31 and 2026-04-07, never act instalment_reminder
2026-04-02 payment EUR 300.00 for A-1
2026-04-29 expect act instalment_reminder, total EUR 300.00
