# Each customer hears one voice: a demand of another invoice goes before a reminder, which waits (SEMANTICS 4.5, 7).
# The reminder of 2 April would go on 30 March, on which A-2 is overdue; three days later it is the day itself.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-02 as R1
2026-03-05 approve R1
2026-03-09 invoice A-2 EUR 200.00 due 2026-03-29
2026-03-30 expect wait not_yet
2026-03-31 expect act first_reminder, about A-2, total EUR 200.00
2026-04-01 payment EUR 200.00 for A-2
2026-04-02 expect wait plan_running
between 2026-03-05 and 2026-04-20, never act instalment_reminder
