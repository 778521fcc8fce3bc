# A returned payment reopens the item and its case with the history they had; the days it counted as paid do not age it (SEMANTICS 3.6, 2.3).
# Paid on 12 March, returned on the 26th: nine days had passed, six more make age 15 on Tuesday 31 March.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, case 1
2026-03-10 expect act second_notice
2026-03-12 payment EUR 300.00 for A-1 as P1
between 2026-03-12 and 2026-03-25, always wait nothing_open
2026-03-26 reversal of P1
between 2026-03-11 and 2026-03-30, never anything
between 2026-03-26 and 2026-04-30, never act first_reminder
2026-03-31 expect act final_notice, case 1
