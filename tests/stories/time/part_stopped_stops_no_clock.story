# A part of an amount stopped stops no clock; the rest is chased on time (SEMANTICS 2.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 300.00
2026-03-05 hold on A-1 of EUR 100.00 until 2026-03-31
2026-03-10 expect act second_notice, total EUR 200.00
2026-03-17 expect act final_notice, total EUR 200.00
between 2026-03-05 and 2026-03-31, never act, total EUR 300.00
