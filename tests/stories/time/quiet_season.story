# From 24 December to 1 January nothing firm or harsher goes out; a friendly reminder may (SEMANTICS 2.5).
# The final notice opens on Friday 25 December and goes on Monday 4 January; A-2 is reminded on the 28th.
2026-11-02 invoice A-1 EUR 300.00 due 2026-12-10
2026-11-27 invoice A-2 EUR 200.00 due 2026-12-27
2026-12-11 expect act first_reminder
2026-12-18 expect act second_notice
2026-12-25 expect wait quiet_hours
between 2026-12-24 and 2027-01-01, never act firm or harsher
2026-12-29 expect act first_reminder friendly, about A-2, also overdue A-1, takes A-2=first_reminder
2027-01-04 expect act final_notice firm, about A-1
