# Of several written channels the first confirmed takes the step: a bounced mail does not undo a posted letter (SEMANTICS 6.6).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-17 approve final_demand
2026-04-17 10:00 bounce
2026-04-17 expect act final_demand, by email letter, sent
between 2026-04-18 and 2026-04-27, never anything
2026-04-28 expect ask placement
