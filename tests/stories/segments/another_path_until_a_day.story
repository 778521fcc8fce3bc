# A person may move one case to another path until a day; then it walks its own again, and repeats no step (SEMANTICS 4.7, 1 Policy).
# The friendly reminder stands for no step of high risk, but its date binds; the urgent notice stands for the second notice afterwards.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder friendly, pay by 2026-03-09
2026-03-04 path high_risk until 2026-03-13
2026-03-10 expect act risk_first urgent, asks suspension
between 2026-03-11 and 2026-03-16, never act
between 2026-03-14 and 2026-04-30, never act risk_second
between 2026-03-04 and 2026-04-30, never act second_notice
2026-03-17 expect act final_notice firm
