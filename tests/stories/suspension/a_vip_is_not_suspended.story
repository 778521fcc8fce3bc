# The path of a VIP proposes a plan and no suspension (SEMANTICS 8, 9).
segment vip
2026-02-02 invoice A-1 EUR 9,000.00 due 2026-03-02
between 2026-02-02 and 2026-07-31, never ask suspension
between 2026-02-02 and 2026-07-31, never act, names suspension
