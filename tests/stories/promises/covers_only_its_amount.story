# A promise covers only its amount: the rest is demanded, and no clock stops (SEMANTICS 7, 2.3).
2026-02-02 invoice A-1 EUR 1,000.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 1,000.00
2026-03-05 promise EUR 400.00 on A-1 by 2026-03-18
2026-03-10 expect act second_notice, total EUR 600.00
2026-03-16 payment EUR 400.00 for A-1
2026-03-17 expect act final_notice, total EUR 600.00
between 2026-03-05 and 2026-04-30, never act, total EUR 200.00
between 2026-03-05 and 2026-04-30, never act, total EUR 1,000.00
