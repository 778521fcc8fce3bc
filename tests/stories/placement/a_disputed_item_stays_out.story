# What is disputed is not proposed for the agency, and keeps its own place (SEMANTICS 3.2, 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 700.00 due 2026-03-02
2026-03-16 contact formal by email as final_demand for A-1 A-2
2026-04-10 dispute on A-2 about quality
2026-04-16 expect ask placement by manager, about A-1, total EUR 900.00
between 2026-04-10 and 2026-06-30, never ask placement, about A-2
