# At 20 percent both hold, and the suspension is proposed beside the notice (SEMANTICS 6.12).
policy careful.yaml
likelihood 20
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first
2026-03-10 expect act second, asks suspension
between 2026-03-02 and 2026-03-09, never ask suspension
