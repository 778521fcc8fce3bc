# Whoever was reached is called; a voicemail left before that makes no call of a later one (SEMANTICS 6.6).
segment vip
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-23 expect act account_manager_call, by call
2026-03-23 09:00 call voicemail
2026-03-24 11:00 call reached
2026-03-25 expect wait not_yet
2026-03-31 expect act account_manager_note
2026-04-16 expect act manager_call, by call
2026-04-17 15:00 call voicemail
between 2026-04-17 and 2026-05-05, always wait in_flight
between 2026-04-17 and 2026-05-05, never act
