# The agency is proposed only once the final demand has expired, however old the debt (SEMANTICS 4.9, 7).
# 130 days overdue in mid July, with the demand never approved, nothing is proposed.
2026-02-02 invoice A-1 EUR 9,000.00 due 2026-03-02
between 2026-04-16 and 2026-07-15, always ask final_demand
between 2026-02-02 and 2026-07-15, never ask placement
between 2026-02-02 and 2026-07-15, never ask legal_referral
