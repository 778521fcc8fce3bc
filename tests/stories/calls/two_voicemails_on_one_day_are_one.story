# Two voicemails on one day, however far apart, do not stand for a call (SEMANTICS 6.6).
segment vip
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-23 expect act account_manager_call, by call
2026-03-24 09:00 call voicemail
2026-03-24 17:00 call voicemail
between 2026-03-25 and 2026-04-10, always wait in_flight
between 2026-03-24 and 2026-04-10, never act
