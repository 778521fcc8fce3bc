# A promise partly kept gives its days back: the next step follows, for the rest (SEMANTICS 7, 2.3).
# Promised for 12 March, tolerance Friday 13; on Saturday 14 the second notice is long due, and goes on Monday.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 promise on A-1 by 2026-03-12
2026-03-11 payment EUR 120.00 for A-1
between 2026-03-05 and 2026-03-13, always wait promise_open, until 2026-03-14
2026-03-14 expect wait quiet_hours
2026-03-16 expect act second_notice, total EUR 180.00
