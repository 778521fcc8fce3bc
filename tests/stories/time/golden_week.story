# A cluster of closed days is waited out whole, however long (SEMANTICS 2.5).
# Due Friday 1 May; in Japan the weekend and the holidays of the 4th to the 6th follow each other: Thursday 7.
country JP
2026-04-01 invoice A-1 JPY 300,000 due 2026-05-01
currency JPY
between 2026-05-02 and 2026-05-06, always wait quiet_hours
2026-05-07 expect act first_reminder, total JPY 300,000
between 2026-05-08 and 2026-05-13, never anything
2026-05-14 expect act second_notice
