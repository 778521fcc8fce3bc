# For high risk the suspension is proposed with the first overdue notice, which names it (SEMANTICS 7, 8).
segment high_risk
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act risk_first urgent, names suspension, asks suspension, sent
2026-03-03 expect ask suspension by manager, total EUR 900.00
between 2026-02-02 and 2026-03-02, never anything
