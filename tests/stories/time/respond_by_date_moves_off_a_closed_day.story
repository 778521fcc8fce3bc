# A respond-by date on a closed day moves to the next working day, and the next step with it (SEMANTICS 2.5, 4.2).
# The final demand goes on Wednesday 15 April; ten days on is Saturday 25, so it names Monday 27.
2026-02-02 invoice A-1 EUR 900.00 due 2026-02-27
2026-04-13 expect ask final_demand by manager
2026-04-15 approve final_demand
2026-04-15 expect act final_demand, pay by 2026-04-27
between 2026-04-16 and 2026-04-27, never anything
2026-04-28 expect ask placement
