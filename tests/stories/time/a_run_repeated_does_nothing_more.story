# A run repeated on the same day does nothing more (SEMANTICS 2.4, 6.5).
# Before nine the message is on its way; after nine the step is taken.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 03:00 run again
2026-03-03 12:00 run again
2026-03-03 02:30 expect act first_reminder, sent
2026-03-03 03:30 expect wait in_flight
2026-03-03 12:30 expect wait not_yet, until 2026-03-10
between 2026-03-04 and 2026-03-09, never anything
