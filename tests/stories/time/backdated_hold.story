# A hold entered afterwards takes its days off the clock as if it had been there (SEMANTICS 2.3, 7).
# Entered on the 9th for 4 to 8 March: five days, so the second notice moves from the 10th to Sunday 15, and goes on Monday.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-09 hold on A-1 from 2026-03-04 until 2026-03-08
between 2026-03-04 and 2026-03-15, never anything
2026-03-16 expect act second_notice
