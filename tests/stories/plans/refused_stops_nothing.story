# A plan the manager refuses never stopped anything (SEMANTICS 7, Plan).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 plan on A-1 in 3 instalments from 2026-04-01 as R1
2026-03-09 refuse R1
2026-03-10 expect act second_notice
between 2026-03-05 and 2026-05-31, never wait plan_running
