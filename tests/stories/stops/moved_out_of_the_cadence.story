# A person may move a case out of its cadence until a date; then it goes on where it stood (SEMANTICS 4.7, 5).
# Out from 5 through 15 March (11 days): the second notice moves from the 10th to Saturday 21, so Monday 23.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 moved out until 2026-03-15
between 2026-03-05 and 2026-03-15, always wait on_hold, until 2026-03-16
between 2026-03-05 and 2026-03-22, never act
2026-03-23 expect act second_notice
