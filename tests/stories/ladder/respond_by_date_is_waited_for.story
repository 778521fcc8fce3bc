# If a step named a respond-by date, nothing follows before the day after it: the final demand's ten days (SEMANTICS 4.2).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-16 expect ask final_demand by manager
2026-04-17 approve final_demand
2026-04-17 expect act final_demand formal, pay by 2026-04-27, takes A-1=final_demand
between 2026-04-18 and 2026-04-27, always wait not_yet, until 2026-04-28
2026-04-28 expect ask placement by manager, about A-1, total EUR 900.00
