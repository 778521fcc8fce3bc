# A dispute entered afterwards takes its days off the clock as if we had known (SEMANTICS 2.3).
# Raised on the 4th, entered on the 9th, settled on the 11th: seven days, so the second notice moves from the 10th to the 17th.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-09 dispute on A-1 about missing PO from 2026-03-04
2026-03-11 dispute credited
between 2026-03-09 and 2026-03-16, never anything
2026-03-17 expect act second_notice
