# Disputed, promised or held items keep the case open: a stop never closes a case and never restarts a ladder (SEMANTICS 1, Case).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, case 1
2026-03-06 dispute on A-1
2026-03-23 dispute credited
between 2026-03-06 and 2026-03-22, always wait disputed
between 2026-03-06 and 2026-04-30, never act first_reminder
2026-03-27 expect act second_notice, case 1
