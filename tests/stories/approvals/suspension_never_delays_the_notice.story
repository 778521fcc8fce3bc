# A suspension proposed by a step waits for its own approval and never delays that step's notice (SEMANTICS 6.3).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-01 expect act pre_collections, names suspension, asks suspension, sent
2026-04-01 expect ask suspension by manager, about A-1, total EUR 900.00
between 2026-02-02 and 2026-03-31, never ask suspension
2026-04-03 refuse suspension
between 2026-04-02 and 2026-04-15, always wait not_yet
2026-04-16 expect ask final_demand
