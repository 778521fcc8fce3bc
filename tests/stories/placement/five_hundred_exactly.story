# 500.00 is enough, and a payment that brings it below takes the proposal back (SEMANTICS 7, Placement).
2026-02-02 invoice A-1 EUR 500.00 due 2026-03-02
2026-03-16 contact formal by email as final_demand for A-1
2026-04-16 expect ask placement by manager, about A-1, total EUR 500.00
2026-04-20 payment EUR 0.01 for A-1
between 2026-04-20 and 2026-06-30, never ask placement
