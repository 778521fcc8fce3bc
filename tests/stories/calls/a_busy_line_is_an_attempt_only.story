# A busy line and a phone nobody answers are tries, never a call made: the account manager's note waits (SEMANTICS 6.6).
segment vip
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-23 expect act account_manager_call, by call
2026-03-24 10:00 call busy
2026-03-25 15:00 call no answer
2026-03-26 10:00 call no answer
2026-03-27 15:00 call busy
between 2026-03-24 and 2026-04-10, always wait in_flight
between 2026-03-24 and 2026-04-10, never act
