# Amounts keep the decimals of their currency: yen have none (SEMANTICS 1, Item).
rate JPY 0.006
2026-02-02 invoice A-1 JPY 120,000 due 2026-03-02
2026-03-03 expect act first_reminder, total JPY 120,000
between 2026-03-04 and 2026-03-09, never anything
