# What was upheld stays out until its credit note is posted (SEMANTICS 7, Dispute).
2026-02-02 invoice A-1 EUR 1,000.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 1,000.00
2026-03-05 dispute on A-1 of EUR 400.00 about quantity as D1
2026-03-09 dispute D1 upheld
2026-03-10 expect act second_notice, under query A-1, total EUR 600.00
2026-03-16 credit note C-1 EUR 400.00 for A-1
2026-03-17 expect act final_notice, under query none, total EUR 600.00
between 2026-03-05 and 2026-04-30, never act, total EUR 1,000.00
