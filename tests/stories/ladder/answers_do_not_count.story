# Answers and payments do not count for the distance between contacts, only demands and reminders (SEMANTICS 4.5).
# The customer wrote on the 9th and was understood the same day; the second notice goes on the 10th as planned.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-09 10:00 reply
2026-03-09 11:00 reply read
between 2026-03-04 and 2026-03-09, never anything
2026-03-10 expect act second_notice
