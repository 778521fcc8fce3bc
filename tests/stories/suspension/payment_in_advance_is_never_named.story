# Payment in advance is proposed inside the house, and no notice names it (SEMANTICS 7, Credit hold).
segment high_risk
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-06 call reached
2026-03-16 expect ask prepayment by manager
2026-03-17 approve prepayment by manager
between 2026-02-02 and 2026-04-30, never act, names prepayment
