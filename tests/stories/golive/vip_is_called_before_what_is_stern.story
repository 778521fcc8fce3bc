# A firm letter of the system before ours stands for our senior letter, but for no call: a VIP is called before the final demand (SEMANTICS 4.8, 8).
# Open from 13 January, 60 days after the due date, the demand waits for a call, then for its approval.
segment vip
route email:ap email:executive letter:executive phone:ap phone:manager
2026-01-06 invoice A-1 EUR 3,000.00 due 2025-11-14 at go-live
2026-01-06 contact firm by letter as mahnung_3 for A-1 on 2025-12-03
2026-01-13 expect wait requirement_missing, step final_demand
between 2026-01-06 and 2026-01-19, never act
between 2026-01-06 and 2026-01-19, never ask
2026-01-20 10:00 call reached
2026-01-23 expect ask final_demand
