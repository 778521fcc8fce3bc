# A case acts on the highest eligible step; each item shown takes its own next step if that was eligible (SEMANTICS 4.3).
# On 10 March A-1 is due its second notice and A-2, overdue since the 9th, its first reminder.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-09 invoice A-2 EUR 200.00 due 2026-03-09
2026-03-03 expect act first_reminder, about A-1, also overdue none, due soon A-2, total EUR 300.00
2026-03-10 expect act second_notice urgent, about A-1, also overdue A-2, takes A-1=second_notice A-2=first_reminder, total EUR 500.00
between 2026-03-11 and 2026-03-16, never anything
2026-03-17 expect act final_notice firm, about A-1, also overdue A-2, takes A-1=final_notice A-2=second_notice
