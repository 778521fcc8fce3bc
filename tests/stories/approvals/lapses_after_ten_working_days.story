# An approval lapses after 10 working days: what was held back meanwhile is asked again (SEMANTICS 6.3).
# Approved on Friday 17 April, held until 4 May; ten working days end on Friday 1 May.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-17 approve final_demand
2026-04-17 hold on A-1 until 2026-05-04
between 2026-04-17 and 2026-05-04, always wait on_hold, until 2026-05-05
2026-05-05 expect ask final_demand by manager
between 2026-04-17 and 2026-05-31, never act final_demand
