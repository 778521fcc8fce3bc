# For everybody but high risk the suspension is proposed from 30 days, after a notice that named it (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 100.00 due 2026-03-02
2026-03-17 expect act final_notice, names suspension, asks none
between 2026-02-02 and 2026-03-31, never ask suspension
2026-04-01 expect act pre_collections, names suspension, asks suspension
2026-04-01 expect ask suspension by manager, about A-1, total EUR 100.00
