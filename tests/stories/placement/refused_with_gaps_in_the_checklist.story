# The agency is approved only once the checklist is complete, or a row of it waived by name (SEMANTICS 7, Pre-agency checklist).
checklist ask_sales open
checklist alternate open
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-17 approve final_demand
2026-04-28 expect ask placement by manager, about A-1, total EUR 900.00
2026-04-29 approve placement
2026-04-29 expect refused lacks ask_sales, alternate
2026-04-30 checklist ask_sales done
2026-04-30 approve placement
2026-04-30 expect refused lacks alternate
2026-05-04 checklist alternate waived
2026-05-04 approve placement
between 2026-04-28 and 2026-05-03, never wait placed
between 2026-05-05 and 2026-07-31, always wait placed
