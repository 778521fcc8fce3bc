# A referral to legal is proposed from 5,000 on; below, the agency comes (SEMANTICS 7, Legal referral).
2026-02-02 invoice A-1 EUR 4,999.99 due 2026-03-02
2026-04-17 approve final_demand
2026-04-17 expect act final_demand, names agency
2026-04-28 expect ask placement by manager
2026-04-29 refuse placement until 2026-06-30
between 2026-06-30 and 2026-08-31, never ask legal_referral
