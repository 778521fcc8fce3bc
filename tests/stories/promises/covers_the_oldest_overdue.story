# A promise that names no item covers the oldest overdue, and only its amount (SEMANTICS 7, Promise).
# 400 cover all of A-1 and 100 of A-2; A-3 is not overdue and not covered.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-04
2026-02-02 invoice A-3 EUR 700.00 due 2026-03-10
2026-03-09 promise EUR 400.00 by 2026-03-20
2026-03-11 expect act first_reminder, about A-3, also overdue A-2, total EUR 800.00
between 2026-03-09 and 2026-03-23, never act, demands A-1
