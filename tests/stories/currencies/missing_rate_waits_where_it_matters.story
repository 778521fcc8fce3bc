# A missing rate makes the case wait where a threshold needs it, and only there (SEMANTICS 3.1).
2026-02-02 invoice A-1 USD 200.00 due 2026-03-02
between 2026-03-03 and 2026-03-08, always wait no_rate
2026-03-09 rate USD 0.90
2026-03-09 expect act first_reminder, total USD 200.00
