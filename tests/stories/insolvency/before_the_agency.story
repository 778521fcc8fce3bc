# Insolvency speaks first, also about what is with the agency, and later debts stay quiet too (SEMANTICS 5, 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-10 placement on A-1
2026-03-12 expect wait placed
2026-03-20 insolvency from 2026-03-16
2026-03-20 invoice A-2 EUR 900.00 due 2026-04-01
between 2026-03-20 and 2026-06-30, always wait insolvent
