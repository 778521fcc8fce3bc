# A step may ask how likely payment is: at 80 percent the second notice waits (SEMANTICS 6.12).
policy careful.yaml
likelihood 80
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first
2026-03-10 expect wait requirement_missing
between 2026-03-04 and 2026-04-30, never act second
