# The path for likely non-payers: suspension at once, short waits, the agency from day 30 (SEMANTICS 9, high-risk).
# Day 5 and day 12 fall on Saturdays, so those steps go on Mondays.
policy high-risk
route email:ap letter:ap phone:ap phone:manager email:executive letter:executive
2026-01-30 invoice A-1 EUR 6,000.00 due 2026-03-02
2026-03-03 expect act risk_first urgent, by email, names suspension, asks suspension, pay by 2026-03-06
between 2026-03-04 and 2026-03-08, never anything
2026-03-09 expect act risk_second firm, by email call, pay by 2026-03-13
between 2026-03-10 and 2026-03-15, never anything
2026-03-16 expect act risk_final severe, by email call, to ap manager, asks prepayment
between 2026-03-17 and 2026-03-25, never anything
2026-03-26 expect ask final_demand by manager
2026-03-27 approve final_demand
2026-03-27 expect act final_demand formal, by email letter, to executive, names agency legal, pay by 2026-04-06
between 2026-03-28 and 2026-04-06, never anything
2026-04-07 expect ask placement by manager
