# A date we named binds also when the case turns high risk before it has passed (SEMANTICS 4.2, 8).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, pay by 2026-03-09
2026-03-04 grade poor
between 2026-03-04 and 2026-03-09, never anything
2026-03-10 expect act risk_first urgent
