# Once the final demand has expired and no outcome can ever hold, a person chooses (SEMANTICS 4.9).
# 450.00 is below the agency's 500 and the lawyer's 5,000.
2026-02-02 invoice A-1 EUR 450.00 due 2026-03-02
2026-04-17 approve final_demand
2026-04-17 expect act final_demand, names none
between 2026-04-18 and 2026-04-27, always wait not_yet, until 2026-04-28
2026-04-28 expect wait cadence_ended
between 2026-04-28 and 2026-07-31, never ask placement
between 2026-04-28 and 2026-07-31, never ask legal_referral
between 2026-04-28 and 2026-07-31, never act
