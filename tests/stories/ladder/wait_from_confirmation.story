# The wait of the step last taken counts from its confirmation: seven days are the same weekday next week (SEMANTICS 4.2).
# The first reminder is delayed to Friday 6 March, so the second notice comes on Friday 13, not on the 10th (age 8).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 no run until 2026-03-05
2026-03-06 expect act first_reminder
between 2026-03-07 and 2026-03-12, never anything
2026-03-13 expect act second_notice
