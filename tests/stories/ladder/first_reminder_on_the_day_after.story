# An item is overdue from the day after its due date, never on it (SEMANTICS 2.2, 4.1).
2026-02-02 invoice A-1 EUR 1,200.00 due 2026-03-04
between 2026-02-02 and 2026-03-04, never anything
2026-03-04 expect wait not_yet, until 2026-03-05
2026-03-05 expect act first_reminder friendly, about A-1, takes A-1=first_reminder, total EUR 1,200.00, by email, sent
between 2026-03-06 and 2026-03-11, never anything
