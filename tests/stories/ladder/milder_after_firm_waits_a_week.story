# After a firm or harsher message a milder one keeps seven days' distance (SEMANTICS 4.5).
# A-1's final notice (firm) goes on 17 March; A-2, overdue since the 17th, is reminded on the 24th, not on the 20th.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-13 invoice A-2 EUR 200.00 due 2026-03-17
2026-03-17 expect act final_notice firm, about A-1, due soon none
between 2026-03-18 and 2026-03-23, always wait too_soon, until 2026-03-24, step first_reminder
2026-03-24 expect act first_reminder friendly, about A-2, also overdue A-1
