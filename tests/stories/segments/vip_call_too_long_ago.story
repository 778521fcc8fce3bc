# The senior letter needs a call within 21 days; without one it waits, and says for what (SEMANTICS 4.6, 9 key-account).
# Called on 17 April; held from 20 April through 15 May (26 days); on 27 May the call is 40 days old. A new call lets it go, three days later.
segment vip
route email:ap email:executive letter:executive phone:ap phone:manager
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-24 10:00 call reached
2026-04-16 expect act manager_call friendly, by call, to manager, asks plan_offer
2026-04-17 10:00 call reached
2026-04-20 hold on A-1 until 2026-05-15
between 2026-04-20 and 2026-05-15, always wait on_hold
2026-05-27 expect wait requirement_missing, step senior_letter
between 2026-04-17 and 2026-05-31, never act
2026-05-28 14:00 call reached
2026-05-29 expect wait too_soon, until 2026-05-31
2026-06-01 expect act senior_letter firm, by email letter, to executive
