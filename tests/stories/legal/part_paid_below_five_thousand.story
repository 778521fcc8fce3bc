# A payment that brings the debt below 5,000 takes the proposal back (SEMANTICS 7, Legal referral).
segment vip
2026-02-02 invoice A-1 EUR 5,000.00 due 2026-03-17
2026-03-24 10:00 call reached
2026-04-17 10:00 call reached
2026-05-18 approve final_demand
2026-06-15 expect ask legal_referral by legal, total EUR 5,000.00
2026-06-16 payment EUR 0.01 for A-1
between 2026-06-16 and 2026-08-31, never ask legal_referral
