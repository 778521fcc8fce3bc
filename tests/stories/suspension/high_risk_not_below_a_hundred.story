# High risk too is not suspended for less than 100.00, and nobody is threatened with it (SEMANTICS 7, 6.9).
segment high_risk
2026-02-02 invoice A-1 EUR 99.99 due 2026-03-02
2026-03-03 expect act risk_first, names none, asks none
between 2026-02-02 and 2026-04-30, never ask suspension
