# The agency is proposed from 500 on: below, it is never offered (SEMANTICS 7, Placement).
2026-02-02 invoice A-1 EUR 499.99 due 2026-03-02
2026-04-17 approve final_demand
2026-04-17 expect act final_demand, names none
between 2026-04-17 and 2026-08-31, never ask placement
