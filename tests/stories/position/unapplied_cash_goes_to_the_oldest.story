# For netting, unapplied cash reduces the oldest overdue item first; nothing is posted by that (SEMANTICS 3.4).
# 350 cover A-1 and 50 of A-2; A-1 is not shown, and takes no step while it is covered.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-09 invoice A-2 EUR 200.00 due 2026-03-09
2026-03-03 expect act first_reminder, about A-1
2026-03-09 payment EUR 350.00
2026-03-10 expect act first_reminder, about A-2, also overdue none, takes A-2=first_reminder, total EUR 150.00
between 2026-03-09 and 2026-03-31, never act, demands A-1
