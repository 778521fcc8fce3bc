# Where the base currency alone meets the threshold, a missing rate holds nothing up (SEMANTICS 3.1).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 USD 200.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 300.00 USD 200.00
between 2026-03-03 and 2026-03-31, never wait no_rate
