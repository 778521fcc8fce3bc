# A final demand whose letter has no address still goes by e-mail; the first channel confirmed takes the step (SEMANTICS 6.6).
route email:ap
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-16 expect ask final_demand by manager
2026-04-17 approve final_demand
2026-04-17 expect act final_demand formal, sent
between 2026-04-16 and 2026-04-27, never wait no_route
