# A promise withdrawn ends that day (SEMANTICS 7, Promise).
# It covered 5 to 8 March, four days: the second notice moves from the 10th to Saturday 14, so Monday 16.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 promise on A-1 by 2026-03-18
2026-03-06 expect wait promise_open
2026-03-09 promise withdrawn
2026-03-09 expect wait not_yet
between 2026-03-05 and 2026-03-15, never act
2026-03-16 expect act second_notice
