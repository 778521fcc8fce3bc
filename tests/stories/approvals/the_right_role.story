# What waits for the manager cannot be approved by another role (SEMANTICS 6.3).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-17 approve final_demand by collector
2026-04-17 expect refused waits for the manager
between 2026-04-16 and 2026-04-30, never act
