# Once a lawyer is named, the customer hears nothing more from us (SEMANTICS 5, 7).
2026-02-02 invoice A-1 EUR 9,000.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-09 lawyer
between 2026-03-09 and 2026-06-30, always wait legal_representation
