# An item the message does not show takes no step: a disputed invoice is outside the total and keeps its step (SEMANTICS 4.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-02
2026-03-03 expect act first_reminder, about A-1 A-2, takes A-1=first_reminder A-2=first_reminder
2026-03-10 dispute on A-2 about quantity
2026-03-10 expect act second_notice, about A-1, also overdue none, under query A-2, takes A-1=second_notice, total EUR 300.00
between 2026-03-10 and 2026-03-31, never act, takes A-2=second_notice A-2=final_notice
