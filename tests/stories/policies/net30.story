# The path for net-30 terms: before due, on the day, then 7, 14 with a call, 30 by the account owner, 45 (SEMANTICS 9, net30).
policy net30
route email:ap letter:ap phone:ap email:executive letter:executive
2026-03-01 invoice A-1 EUR 900.00 due 2026-03-31
between 2026-03-01 and 2026-03-26, never anything
2026-03-27 expect act pre_due friendly, by email
2026-03-31 expect act due_notice friendly, by email
between 2026-04-01 and 2026-04-06, never anything
2026-04-07 expect act first_reminder friendly, by email
between 2026-04-08 and 2026-04-13, never anything
2026-04-14 expect act second_notice urgent, by email call, to ap
between 2026-04-15 and 2026-04-29, never anything
2026-04-30 expect act final_notice firm, by email call, to ap, names credit_hold, asks credit_hold
between 2026-05-01 and 2026-05-14, never anything
2026-05-15 expect ask final_demand by manager
2026-05-15 10:00 approve final_demand
2026-05-18 expect act final_demand formal, by email letter, to executive, names agency, pay by 2026-05-28
between 2026-05-19 and 2026-05-28, never anything
2026-05-29 expect ask placement by manager
