# Due on a Saturday: payable on Monday, so the first reminder comes on Tuesday; later steps keep the calendar (SEMANTICS 2.2).
# Age 8 is Sunday 15 March, and seven days after Tuesday the 10th is the 17th.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-07
between 2026-03-07 and 2026-03-09, never anything
2026-03-10 expect act first_reminder
between 2026-03-11 and 2026-03-16, never anything
2026-03-17 expect act second_notice
