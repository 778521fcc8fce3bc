# A hold covers its first and its last day and ends by itself (SEMANTICS 2.3, 7).
# Held from 9 through 13 March: five days, so the second notice moves from the 10th to Sunday 15 and goes on Monday.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-09 hold until 2026-03-13
between 2026-03-09 and 2026-03-13, always wait on_hold, until 2026-03-14
2026-03-14 expect wait not_yet, until 2026-03-15
2026-03-15 expect wait quiet_hours
2026-03-16 expect act second_notice
