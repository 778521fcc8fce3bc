# A hold on one invoice stops that invoice, not the other (SEMANTICS 3.2, 7).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 500.00
2026-03-05 hold on A-1
2026-03-10 expect act second_notice, about A-2, also overdue none, under query none, total EUR 200.00
2026-03-17 expect act final_notice, about A-2, total EUR 200.00
between 2026-03-05 and 2026-03-31, never act, demands A-1
