# A voicemail in the morning and somebody else on the line the next afternoon stand for one call (SEMANTICS 6.6).
segment vip
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-23 expect act account_manager_call, by call
2026-03-24 09:00 call voicemail
2026-03-25 expect wait in_flight
2026-03-25 14:00 call gatekeeper
2026-03-26 expect wait not_yet
