# Cash in one currency never covers another (SEMANTICS 3.1).
rate USD 0.90
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 USD 200.00 due 2026-03-02
2026-03-03 payment EUR 900.00
2026-03-03 expect act first_reminder, about A-2, also overdue none, total USD 200.00
between 2026-03-03 and 2026-03-31, never act, demands A-1
