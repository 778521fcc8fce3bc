# A dispute about a part leaves the rest to be demanded on time (SEMANTICS 7, 2.3).
2026-02-02 invoice A-1 EUR 1,000.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 1,000.00
2026-03-06 dispute on A-1 of EUR 250.00 about quality
2026-03-10 expect act second_notice, about A-1, under query A-1, total EUR 750.00
between 2026-03-06 and 2026-03-31, never act, total EUR 1,000.00
