# Any reply pauses its case until it is understood, a reminder too (SEMANTICS 7, 11).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-02 as R1
2026-03-05 approve R1
2026-03-29 reply
2026-03-30 expect wait plan_running
2026-03-31 reply read
2026-03-31 expect act instalment_reminder
