# A debt that becomes overdue later is a new case at its own first step (SEMANTICS 1, Case).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, case 1
2026-03-10 expect act second_notice, case 1
2026-03-12 payment EUR 300.00 for A-1
2026-03-16 invoice A-2 EUR 200.00 due 2026-04-15
between 2026-03-12 and 2026-04-15, never anything
2026-04-16 expect act first_reminder, case 2, takes A-2=first_reminder
