# A reminder whose day is a Saturday or a Sunday goes on the Friday before (SEMANTICS 2.5, 7).
# Due on Tuesday 31 March and on Thursday 30 April: three days before are a Saturday and a Monday.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-03-31 as R1
2026-03-05 approve R1
2026-03-26 expect wait plan_running, until 2026-03-27
2026-03-27 expect act instalment_reminder
between 2026-03-28 and 2026-04-03, never act instalment_reminder
2026-03-31 payment EUR 300.00 for A-1
2026-04-24 expect wait plan_running, until 2026-04-27
2026-04-27 expect act instalment_reminder
