# A referral waits for the role legal; a manager's yes is none (SEMANTICS 7, Legal referral).
segment vip
2026-02-02 invoice A-1 EUR 8,000.00 due 2026-03-17
2026-03-24 10:00 call reached
2026-04-17 10:00 call reached
2026-05-18 approve final_demand
2026-06-15 expect ask legal_referral by legal, about A-1, total EUR 8,000.00
2026-06-16 approve legal_referral by manager
2026-06-16 expect refused waits for the legal
2026-06-17 expect ask legal_referral
2026-06-18 approve legal_referral by legal
between 2026-06-18 and 2026-08-31, always wait placed
