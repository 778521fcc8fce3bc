# Within its ten working days an approval stands, though a hold came between (SEMANTICS 6.3).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-17 approve final_demand
2026-04-17 hold on A-1 until 2026-04-30
between 2026-04-17 and 2026-04-30, never anything
2026-05-01 expect act final_demand
