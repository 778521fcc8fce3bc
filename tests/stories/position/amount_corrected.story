# A row that changes only its amount is a correction: the next message demands the new amount (SEMANTICS 1; DATA 3.5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 300.00
2026-03-05 correction A-1 amount EUR 250.00
2026-03-10 expect act second_notice, total EUR 250.00
between 2026-03-05 and 2026-03-31, never act, total EUR 300.00
