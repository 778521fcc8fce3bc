# A suspension ends with what it names; what comes due later has its own notices first, then its own question (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-01 expect act pre_collections, asks suspension
2026-04-02 approve suspension by manager
2026-04-10 payment EUR 900.00 for A-1
2026-04-10 invoice A-2 EUR 400.00 due 2026-05-04
between 2026-04-02 and 2026-06-02, never ask suspension
2026-06-03 expect ask suspension by manager, about A-2, total EUR 400.00
