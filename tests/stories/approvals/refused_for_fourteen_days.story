# A refusal names a date to look again, 14 days on; until then what was refused is on hold (SEMANTICS 6.3, 5).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-16 expect ask final_demand by manager
2026-04-17 refuse final_demand
between 2026-04-17 and 2026-04-30, always wait on_hold, until 2026-05-01
2026-05-01 expect ask final_demand by manager
between 2026-04-17 and 2026-05-31, never act
