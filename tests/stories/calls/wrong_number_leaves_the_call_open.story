# A wrong number is a broken route, not a call: the step waits for a call to somebody else (SEMANTICS 6.6).
segment vip
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-23 expect act account_manager_call, by call
2026-03-24 10:00 call wrong number
between 2026-03-25 and 2026-03-27, always wait in_flight
2026-03-27 15:00 call reached
2026-03-28 expect wait not_yet
