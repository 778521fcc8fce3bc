# A recalled item does not re-enter the ladder: a person decides (SEMANTICS 7, Placement).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-20 placement on A-1
2026-03-20 expect wait placed
2026-04-20 placement recalled
between 2026-04-20 and 2026-07-31, always wait on_hold
