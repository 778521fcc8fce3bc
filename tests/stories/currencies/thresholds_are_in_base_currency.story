# Thresholds are judged in base currency with the dated rate: USD 5.40 are EUR 4.86, below the small balance of 5.00 (SEMANTICS 3.1, 4.4).
rate USD 0.90
2026-02-02 invoice A-1 USD 5.40 due 2026-03-02
between 2026-03-03 and 2026-03-09, always wait below_minimum
2026-03-10 rate USD 0.95
2026-03-10 expect act first_reminder, total USD 5.40
