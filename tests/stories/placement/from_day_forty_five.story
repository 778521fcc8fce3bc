# However early the final demand expired, the agency is proposed from day 45 (SEMANTICS 7, Placement).
# Due 2 March; the demand of 16 March has expired on the 30th; 16 April is day 45.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-16 contact formal by email as final_demand for A-1
between 2026-03-16 and 2026-04-15, never ask placement
2026-04-16 expect ask placement by manager, about A-1, total EUR 900.00
