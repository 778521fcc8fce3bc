# Overlapping and backdated stops are a union of days, subtracted once (SEMANTICS 2.3).
# Hold 4 to 8 March and dispute 6 to 10 March are seven days together, not ten: 17 March, not 20.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-04 hold on A-1 until 2026-03-08
2026-03-06 dispute on A-1
2026-03-11 dispute credited
between 2026-03-04 and 2026-03-16, never anything
2026-03-17 expect act second_notice
