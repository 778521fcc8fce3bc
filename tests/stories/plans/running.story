# A plan in good standing covers its items: nobody is chased while the instalments come (SEMANTICS 7, Plan).
# Three days before each there is a reminder of it, which demands nothing that is overdue.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-05 approve R1 by manager
2026-04-01 payment EUR 300.00 for A-1
2026-05-04 payment EUR 300.00 for A-1
2026-06-03 payment EUR 300.00 for A-1
between 2026-03-05 and 2026-07-31, never act, demands A-1
between 2026-03-05 and 2026-03-26, always wait plan_running
between 2026-05-30 and 2026-06-02, always wait plan_running
2026-06-03 expect wait nothing_open
