# Who was placed with an agency before is high risk (SEMANTICS 8).
placed before yes
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act risk_first urgent, asks suspension
between 2026-02-02 and 2026-04-30, never act first_reminder
