# A bounce of all recipients takes the step back; the next contact is tried, as soon as the next run (SEMANTICS 6.6, 4.5).
# The second notice follows seven days after the message that arrived.
route email:ap email:manager
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 10:00 bounce
2026-03-03 expect act first_reminder, to ap
2026-03-04 expect act first_reminder, to manager, sent
between 2026-03-05 and 2026-03-10, never anything
2026-03-11 expect act second_notice, to manager
