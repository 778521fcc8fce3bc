# Nothing goes out about placed items; a debt that falls due later begins at its own first step (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-10 placement on A-1
between 2026-03-10 and 2026-04-01, always wait placed
2026-03-20 invoice A-2 EUR 300.00 due 2026-04-01
2026-04-02 expect act first_reminder, about A-2, demands A-2, total EUR 300.00
between 2026-04-02 and 2026-06-30, never act, demands A-1
