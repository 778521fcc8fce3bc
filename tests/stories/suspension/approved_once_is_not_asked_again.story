# While what a suspension names is open it stands and is asked for no second time, though the final demand is not answered (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-02-20 invoice A-2 EUR 500.00 due 2026-03-20
2026-04-03 expect act pre_collections, asks suspension
2026-04-04 approve suspension by manager
between 2026-04-04 and 2026-05-31, never ask suspension
