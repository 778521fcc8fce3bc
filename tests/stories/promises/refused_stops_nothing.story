# A promise too far ahead that the manager refuses never stopped anything (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 promise on A-1 by 2026-03-31 as P1
2026-03-09 refuse P1
2026-03-10 expect act second_notice
between 2026-03-05 and 2026-04-30, never wait promise_open
