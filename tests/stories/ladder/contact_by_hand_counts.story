# A contact made by hand counts for the distance between contacts (SEMANTICS 4.5, 6.6).
# The collector wrote on Monday 9 March; the second notice, open on the 10th, waits until Thursday 12.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-09 11:00 contact friendly by email
between 2026-03-10 and 2026-03-11, always wait too_soon, until 2026-03-12
2026-03-12 expect act second_notice
