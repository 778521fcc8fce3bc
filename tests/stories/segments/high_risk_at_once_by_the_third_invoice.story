# Three chaseable invoices eight or more days late over two due dates make a high risk, at once (SEMANTICS 8).
# On Thursday 12 March A-3 is eight days late; the reminder of the 6th named that day, so the new path begins on the 13th. A-2 and A-3 have taken nothing as stern as the new first notice, so they take it.
# A-1's second notice (urgent) stands for it; it named Monday 16 to pay by, so A-1 goes on on Tuesday 17, as do the others, four days after the 13th.
2026-02-02 invoice A-1 EUR 500.00 due 2026-03-02
2026-02-03 invoice A-2 EUR 500.00 due 2026-03-03
2026-02-04 invoice A-3 EUR 500.00 due 2026-03-04
2026-03-06 expect act first_reminder, about A-2 A-3, also overdue A-1
2026-03-10 expect act second_notice, about A-1, pay by 2026-03-16
2026-03-12 expect wait not_yet, step risk_first, until 2026-03-13
2026-03-13 expect act risk_first urgent, about A-2 A-3, also overdue A-1, takes A-2=risk_first A-3=risk_first, asks suspension
2026-03-17 expect act risk_second firm, about A-1 A-2 A-3, takes A-1=risk_second A-2=risk_second A-3=risk_second
between 2026-03-12 and 2026-04-30, never act second_notice
