# The path for those one wants to keep: a courtesy note, calls first, senior to senior, the final demand, legal (SEMANTICS 9, key-account).
policy key-account
route email:ap letter:ap phone:ap phone:manager email:executive letter:executive
2026-02-15 invoice A-1 EUR 6,000.00 due 2026-03-17
between 2026-02-15 and 2026-03-11, never anything
2026-03-12 expect act courtesy_note friendly, by email
between 2026-03-13 and 2026-03-22, never anything
2026-03-23 expect act account_manager_call friendly, by call
2026-03-24 11:00 call reached
between 2026-03-24 and 2026-03-30, never anything
2026-03-31 expect act account_manager_note friendly, by email
between 2026-04-01 and 2026-04-15, never anything
2026-04-16 expect act manager_call friendly, by call, to manager, asks plan_offer
2026-04-17 11:00 call reached
between 2026-04-17 and 2026-04-30, never anything
2026-05-01 expect act senior_letter firm, by email letter, to executive
between 2026-05-02 and 2026-05-15, never anything
2026-05-16 expect ask final_demand by manager
2026-05-18 approve final_demand
2026-05-18 expect act final_demand formal, by email letter, names legal, pay by 2026-05-28
between 2026-05-19 and 2026-06-14, never anything
2026-06-15 expect ask legal_referral by legal
between 2026-02-15 and 2026-07-31, never ask placement
between 2026-02-15 and 2026-07-31, never ask suspension
