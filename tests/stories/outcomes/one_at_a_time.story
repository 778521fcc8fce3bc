# Outcomes are proposed one at a time, in the policy's order (SEMANTICS 4.9).
# On 15 June both could be proposed: 9,000 at 105 days; the agency is asked, and legal only once the agency is refused.
2026-02-02 invoice A-1 EUR 9,000.00 due 2026-03-02
2026-06-01 approve final_demand
2026-06-01 expect act final_demand, names agency legal, pay by 2026-06-11
2026-06-12 expect ask placement by manager
between 2026-06-12 and 2026-07-31, never ask legal_referral
