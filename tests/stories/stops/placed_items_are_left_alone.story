# Our own outreach on placed items stops; a new debt is chased by itself (SEMANTICS 7, Placement).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-17 approve final_demand
2026-04-28 expect ask placement by manager
2026-04-29 approve placement
2026-04-29 expect wait placed
2026-05-04 invoice A-2 EUR 200.00 due 2026-06-03
between 2026-04-29 and 2026-06-03, never anything
2026-06-04 expect act first_reminder, about A-2, also overdue none, total EUR 200.00
between 2026-04-29 and 2026-07-31, never act, demands A-1
