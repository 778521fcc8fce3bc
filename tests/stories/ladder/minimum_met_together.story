# A minimum is judged on all items whose next step is this one or a higher one, together (SEMANTICS 4.4).
policy minimum.yaml
2026-02-02 invoice A-1 EUR 60.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 40.00 due 2026-03-02
2026-03-17 expect act third, about A-1 A-2, total EUR 100.00
between 2026-03-18 and 2026-03-31, never anything
