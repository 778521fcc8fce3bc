# Insolvency is a hard stop for the whole customer: no contact of any kind, later invoices included (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 9,000.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 insolvency from 2026-03-04
2026-03-20 invoice A-2 EUR 500.00 due 2026-04-10
between 2026-03-05 and 2026-07-31, always wait insolvent
