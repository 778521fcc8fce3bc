# A message names a consequence only if its step or the next one proposes it (SEMANTICS 6.9).
# Suspension is proposed at 30 days: named by the notice before it and by its own, not by the two before, nor after.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, names none
2026-03-10 expect act second_notice, names none
2026-03-17 expect act final_notice, names suspension
2026-04-01 expect act pre_collections, names suspension
2026-04-17 approve final_demand
2026-04-17 expect act final_demand, names none
between 2026-03-03 and 2026-03-16, never act, names suspension
