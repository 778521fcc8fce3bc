# Beside a stop too the day of the end is a day to look: the reason stays, the choice becomes somebody's (SEMANTICS 4.9, 2.7).
2026-02-02 invoice A-1 EUR 450.00 due 2026-03-02
2026-04-17 approve final_demand
2026-04-20 invoice A-2 EUR 100.00 due 2026-05-20
2026-04-20 hold on A-2 of EUR 10.00
between 2026-04-20 and 2026-04-27, always wait not_yet, until 2026-04-28
between 2026-04-28 and 2026-05-20, always wait not_yet, until 2026-05-21
