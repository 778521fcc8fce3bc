# A person may put a customer into another segment, at once; steps taken are mapped, none is repeated (SEMANTICS 4.7, 8).
# The second notice (urgent) stands for the first notice of high risk; it named Monday 16 March to pay by.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-10 expect act second_notice, pay by 2026-03-16
2026-03-11 segment high_risk
between 2026-03-11 and 2026-03-31, never act risk_first
between 2026-03-11 and 2026-03-16, never anything
2026-03-17 expect act risk_second firm
