# A part payment neither resets nor advances a ladder; the next message demands the rest (SEMANTICS 3.6).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 300.00
2026-03-06 payment EUR 120.00 for A-1
between 2026-03-04 and 2026-03-09, never anything
2026-03-10 expect act second_notice, total EUR 180.00
between 2026-03-04 and 2026-03-31, never act first_reminder
2026-03-17 expect act final_notice, total EUR 180.00
