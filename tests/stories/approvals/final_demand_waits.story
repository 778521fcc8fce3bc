# A step marked `approve` waits for that role; nothing goes meanwhile (SEMANTICS 6.3).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-01 expect act pre_collections
between 2026-04-16 and 2026-04-21, always ask final_demand by manager, about A-1
between 2026-04-02 and 2026-04-21, never act
2026-04-22 approve final_demand by manager
2026-04-22 expect act final_demand formal, about A-1, sent
