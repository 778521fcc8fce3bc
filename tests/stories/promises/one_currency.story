# A promise is in one currency: what is owed in another is demanded as before (SEMANTICS 3.1, 7).
currency EUR
rate USD 0.90
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice U-1 USD 400.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 300.00 USD 400.00
2026-03-05 promise USD 400.00 on U-1 by 2026-03-16
2026-03-06 payment EUR 300.00 for A-1
between 2026-03-06 and 2026-03-17, always wait promise_open
2026-03-18 expect act, demands U-1, total USD 400.00
