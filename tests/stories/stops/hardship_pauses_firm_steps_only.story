# Hardship pauses firm and harsher steps for 14 days, and friendly ones not at all (SEMANTICS 7, Hardship).
# From 12 through 25 March: the final notice of the 17th waits; A-2 is reminded on the 18th and the 25th.
# After that contact three days pass, and the 28th is a Saturday.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-13 invoice A-2 EUR 200.00 due 2026-03-17
2026-03-10 expect act second_notice, about A-1
2026-03-12 hardship
between 2026-03-12 and 2026-03-25, never act firm or harsher
2026-03-17 expect wait on_hold
2026-03-18 expect act first_reminder friendly, about A-2, also overdue A-1
2026-03-25 expect act second_notice urgent, about A-2
2026-03-26 expect wait too_soon
2026-03-30 expect act final_notice firm, about A-1
