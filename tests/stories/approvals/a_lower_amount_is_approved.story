# An amount that only fell keeps its approval (SEMANTICS 6.2).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-16 08:00 approve final_demand
2026-04-16 09:00 payment EUR 200.00 for A-1
between 2026-04-02 and 2026-04-16, never act
2026-04-17 expect act final_demand, total EUR 700.00
