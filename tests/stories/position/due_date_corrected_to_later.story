# A due date corrected to later starts the item's ladder anew (SEMANTICS 1, Item).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 correction A-1 due 2026-03-31
between 2026-03-05 and 2026-03-31, never anything
2026-04-01 expect act first_reminder, takes A-1=first_reminder
between 2026-03-05 and 2026-04-07, never act stern
2026-04-08 expect act second_notice
