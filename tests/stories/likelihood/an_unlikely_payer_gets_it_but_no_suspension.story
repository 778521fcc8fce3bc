# At 40 percent the notice goes, while the suspension asks for less than 30 (SEMANTICS 6.12).
policy careful.yaml
likelihood 40
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first
2026-03-10 expect act second, asks none
between 2026-03-02 and 2026-04-30, never ask suspension
