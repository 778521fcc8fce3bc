# Where a dispute stands on what a plan covers, nobody is reminded until it is cleared up (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-02 as R1
2026-03-05 approve R1
2026-03-20 dispute on A-1 of EUR 50.00 about price
2026-03-30 expect wait plan_running
2026-04-01 dispute credited
2026-04-01 expect act instalment_reminder
