# A call bounds the next message only if somebody was reached (SEMANTICS 4.5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-09 10:00 call voicemail
2026-03-10 expect act second_notice
2026-03-16 10:00 call reached
between 2026-03-17 and 2026-03-18, always wait too_soon, until 2026-03-19, step final_notice
2026-03-19 expect act final_notice
