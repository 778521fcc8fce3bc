# High risk is left when the case closes (SEMANTICS 8).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-02 grade poor
2026-03-03 expect act risk_first
2026-03-04 grade fair
2026-03-09 expect act risk_second
2026-03-10 payment EUR 300.00 for A-1
2026-03-10 invoice A-2 EUR 200.00 due 2026-04-15
2026-04-16 expect act first_reminder
between 2026-03-10 and 2026-04-30, never act risk_first
