# An approval covers the amount that was asked, not a higher one (SEMANTICS 6.2, 6.3).
# Approved on the 16th for 900; before it can go, a corrected 1,000 is demanded: the manager is asked again.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-04-16 08:00 approve final_demand
2026-04-16 09:00 correction A-1 amount EUR 1,000.00
2026-04-17 expect ask final_demand by manager, total EUR 1,000.00
between 2026-04-16 and 2026-04-30, never act
