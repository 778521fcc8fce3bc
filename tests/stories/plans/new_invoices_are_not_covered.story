# New invoices are not covered by a plan: they are chased by themselves (SEMANTICS 7, Plan).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-05 approve R1
2026-03-09 invoice A-2 EUR 200.00 due 2026-03-23
2026-03-23 expect wait plan_running
2026-03-24 expect act first_reminder, about A-2, also overdue none, total EUR 200.00
between 2026-03-05 and 2026-04-05, never act, demands A-1
