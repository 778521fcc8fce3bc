# A suspension is not proposed under 100.00, and a consequence that is not proposed is not named (SEMANTICS 7, 6.9).
2026-02-02 invoice A-1 EUR 99.99 due 2026-03-02
2026-03-17 expect act final_notice, names none
2026-04-01 expect act pre_collections, names none, asks none
between 2026-02-02 and 2026-05-31, never ask suspension
