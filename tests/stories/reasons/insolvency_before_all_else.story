# Insolvency comes before every other stop (SEMANTICS 5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-05 dispute on A-1
2026-03-09 insolvency
2026-03-06 expect wait disputed
between 2026-03-09 and 2026-04-30, always wait insolvent
between 2026-03-09 and 2026-04-30, never act
