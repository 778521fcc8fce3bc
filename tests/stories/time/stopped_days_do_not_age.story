# Days on which the whole open amount was stopped count neither in the age nor in a wait (SEMANTICS 2.3).
# Held from 5 through 11 March (7 days): the second notice moves from the 10th to the 17th.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 hold on A-1 until 2026-03-11
between 2026-03-05 and 2026-03-16, never anything
2026-03-17 expect act second_notice
