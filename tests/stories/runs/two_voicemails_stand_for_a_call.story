# Two voicemails on different days and at different times stand for a call made (SEMANTICS 6.6).
# Both on Tuesday and Wednesday at ten they do not; the third, in the afternoon, does.
segment vip
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-23 expect act account_manager_call, by call
2026-03-24 10:00 call voicemail
2026-03-25 10:00 call voicemail
between 2026-03-24 and 2026-03-26, always wait in_flight
2026-03-26 15:00 call voicemail
2026-03-27 expect wait not_yet
between 2026-03-24 and 2026-04-01, never act
2026-04-02 expect act account_manager_note
