# A reminder is a contact: it keeps the days between two, and goes when they are over, while there is time (SEMANTICS 4.5, 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-02 as R1
2026-03-05 approve R1
2026-03-27 contact friendly by call
2026-03-30 expect act instalment_reminder
2026-04-02 payment EUR 300.00 for A-1
2026-04-28 contact friendly by call
2026-04-29 expect wait plan_running, until 2026-05-01
2026-05-01 expect act instalment_reminder
