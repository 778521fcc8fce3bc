# A plan has 2 to 6 monthly instalments (SEMANTICS 7, Plan).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-05 plan on A-1 in 7 instalments from 2026-04-01
2026-03-05 expect refused 2 to 6 monthly instalments
2026-03-10 expect act second_notice
between 2026-03-05 and 2026-04-30, never wait plan_running
