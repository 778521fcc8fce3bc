# While everything overdue is in dispute, nothing goes out, however long it takes (SEMANTICS 5, 7).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-06 dispute on A-1 about price
between 2026-03-06 and 2026-06-30, always wait disputed
