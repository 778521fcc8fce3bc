# An item shown beside others takes a step only if its own next step was eligible (SEMANTICS 4.3).
# On 10 March A-2 is shown, but took its first reminder on the 6th and waits until the 13th.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-05 invoice A-2 EUR 200.00 due 2026-03-05
2026-03-03 expect act first_reminder, about A-1
2026-03-06 expect act first_reminder, about A-2, also overdue A-1, takes A-2=first_reminder, total EUR 500.00
2026-03-10 expect act second_notice, about A-1, also overdue A-2, takes A-1=second_notice
between 2026-03-10 and 2026-03-12, never act, takes A-2=second_notice
2026-03-13 expect act second_notice, about A-2, also overdue A-1, takes A-2=second_notice
