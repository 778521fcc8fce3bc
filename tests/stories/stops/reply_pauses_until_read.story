# Any reply pauses its case until it is understood (SEMANTICS 5, 11).
# Unread on 9 and 10 March: two days, so the second notice moves from the 10th to the 12th.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-09 reply
between 2026-03-09 and 2026-03-10, always wait reply_unread
2026-03-11 reply read
2026-03-11 expect wait not_yet, until 2026-03-12
2026-03-12 expect act second_notice
