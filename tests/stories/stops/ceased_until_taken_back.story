# Who asked not to be contacted is not contacted; if it is taken back, the ladder goes on where it stood (SEMANTICS 5, 7).
# Stopped from 5 through 18 March (14 days): the second notice moves from the 10th to the 24th.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 ceased
between 2026-03-05 and 2026-03-18, always wait ceased
2026-03-19 release ceased
between 2026-03-19 and 2026-03-23, never anything
2026-03-24 expect act second_notice
