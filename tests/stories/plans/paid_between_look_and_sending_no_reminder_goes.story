# The reminder is decided once more before it leaves: what was paid that morning is not reminded of (SEMANTICS 6.4, 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 3 instalments from 2026-04-02 as R1
2026-03-05 approve R1
2026-03-30 07:30 payment EUR 300.00 for A-1
2026-03-30 expect act instalment_reminder, not sent
between 2026-03-31 and 2026-04-28, always wait plan_running
