# Of a book without history nothing is known; that is no reason to press (SEMANTICS 6.12).
policy careful.yaml
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first
2026-03-10 expect wait requirement_missing
