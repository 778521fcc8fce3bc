# An invoice that turns up overdue after go-live opens no higher than any other (SEMANTICS 4.8).
policy opening.yaml
2026-03-02 invoice A-1 EUR 900.00 due 2025-11-02
2026-03-02 expect act first friendly
between 2026-03-03 and 2026-03-08, never anything
