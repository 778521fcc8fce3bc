# A stop that comes before the message has left keeps it in the house (SEMANTICS 6.4).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 08:30 dispute on A-1 about not received
2026-03-03 expect act first_reminder, not sent
between 2026-03-04 and 2026-03-31, always wait disputed
