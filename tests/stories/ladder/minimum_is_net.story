# A minimum is judged on the net amount: a credit note of 1.00 brings 100.00 below it (SEMANTICS 4.4, 3.3).
policy minimum.yaml
2026-02-02 invoice A-1 EUR 100.00 due 2026-03-02
2026-03-10 expect act second
2026-03-16 credit note C-1 EUR 1.00
between 2026-03-17 and 2026-03-31, always wait below_minimum
