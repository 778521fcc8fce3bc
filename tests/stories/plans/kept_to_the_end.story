# Paid as agreed, each in its tolerance: nobody hears more than a reminder of each, to the end (SEMANTICS 7, Plan).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-05 approve R1
2026-04-02 payment EUR 300.00 for A-1
2026-05-04 payment EUR 300.00 for A-1
2026-06-01 payment EUR 300.00 for A-1
2026-03-27 expect act instalment_reminder
2026-04-28 expect act instalment_reminder
2026-05-29 expect act instalment_reminder
between 2026-03-28 and 2026-04-27, always wait plan_running
between 2026-04-29 and 2026-05-28, always wait plan_running
between 2026-06-01 and 2026-06-30, always wait nothing_open
between 2026-03-05 and 2026-06-30, never act, demands A-1
