# A referral to legal is proposed from 90 days on, not before (SEMANTICS 7, 9 key-account).
# A key account's final demand expired on 29 May; day 90 is Monday 15 June.
segment vip
2026-02-02 invoice A-1 EUR 8,000.00 due 2026-03-17
2026-03-24 10:00 call reached
2026-04-17 10:00 call reached
2026-05-18 approve final_demand
2026-05-18 expect act final_demand formal, pay by 2026-05-28, names legal
between 2026-05-19 and 2026-06-14, never anything
2026-05-29 expect wait not_yet, until 2026-06-15
2026-06-15 expect ask legal_referral by legal, about A-1, total EUR 8,000.00
