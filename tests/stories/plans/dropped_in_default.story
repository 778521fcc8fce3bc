# A plan in default is reminded of no more (SEMANTICS 7, Plan).
# On the morning of the reminder of 1 May the payment of the first instalment goes back.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-05 approve R1
2026-04-01 payment EUR 300.00 for A-1 as Z1
2026-04-28 07:30 reversal of Z1
2026-04-28 expect act instalment_reminder, not sent
2026-04-29 expect ask final_demand by manager, total EUR 900.00
between 2026-04-29 and 2026-05-31, never act instalment_reminder
