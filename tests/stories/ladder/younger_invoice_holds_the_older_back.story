# Three days lie between contacts; a younger item's message may hold an older item's step back, with the date (SEMANTICS 4.5).
# A-1's second notice opens on Tuesday 10 March, but A-2 was reminded on Monday the 9th: it waits until Thursday.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-05 invoice A-2 EUR 200.00 due 2026-03-06
2026-03-03 expect act first_reminder, about A-1
2026-03-09 expect act first_reminder, about A-2, also overdue A-1, takes A-2=first_reminder
2026-03-10 expect wait too_soon, until 2026-03-12, step second_notice
between 2026-03-10 and 2026-03-11, never anything
2026-03-12 expect act second_notice, about A-1, also overdue A-2, takes A-1=second_notice
