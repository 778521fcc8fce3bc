# A part payment does not lift a suspension: it stands, and is asked for no second time; paid in full it is over (SEMANTICS 7, Suspension).
# What is due later has notices of its own first, then a question of its own.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-01 expect act pre_collections, asks suspension
2026-04-02 approve suspension by manager
2026-04-03 payment EUR 899.00 for A-1
2026-04-10 invoice A-2 EUR 400.00 due 2026-05-04
between 2026-04-03 and 2026-05-31, never ask suspension
2026-06-01 payment EUR 1.00 for A-1
2026-06-03 expect ask suspension by manager, about A-2, total EUR 400.00
