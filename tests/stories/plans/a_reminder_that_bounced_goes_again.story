# A bounced reminder was none: it goes by letter while there is time (SEMANTICS 6.6, 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-02 as R1
2026-03-05 approve R1
2026-03-30 expect act instalment_reminder, by email
2026-03-30 18:00 bounce
2026-03-31 expect act instalment_reminder, by letter
between 2026-04-01 and 2026-04-08, never act instalment_reminder
