# An instalment that comes within three working days keeps the plan (SEMANTICS 7, Plan).
# Due Friday 1 May, paid on Wednesday 6: in good standing.
2026-02-02 invoice A-1 EUR 600.00 due 2026-03-02
2026-03-05 plan on A-1 in 2 instalments from 2026-04-01 as R1
2026-03-05 approve R1
2026-04-01 payment EUR 300.00 for A-1
2026-05-06 11:00 payment EUR 300.00 for A-1
between 2026-03-28 and 2026-04-27, always wait plan_running
between 2026-04-29 and 2026-05-06, always wait plan_running
between 2026-05-07 and 2026-06-30, always wait nothing_open
