# What falls due within the week is mentioned in friendly and urgent messages only (SEMANTICS 4.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-16
2026-02-02 invoice A-3 EUR 100.00 due 2026-03-23
2026-03-03 expect act first_reminder friendly, due soon none
2026-03-10 expect act second_notice urgent, due soon A-2, total EUR 300.00, takes A-1=second_notice
2026-03-17 expect act final_notice firm, also overdue A-2, due soon none, total EUR 500.00
between 2026-03-03 and 2026-03-23, never act, demands A-3
