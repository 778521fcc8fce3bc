# What is paid before its reminder is not reminded of; of a part paid, the rest is (SEMANTICS 7, Plan).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-02 as R1
2026-03-05 approve R1
2026-03-20 payment EUR 300.00 for A-1
2026-04-10 payment EUR 100.00 for A-1
between 2026-03-05 and 2026-04-28, always wait plan_running
2026-04-29 expect act instalment_reminder, total EUR 200.00
