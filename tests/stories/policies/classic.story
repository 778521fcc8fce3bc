# The classic ladder from the day after the due date to the agency (SEMANTICS 9, classic).
# Day 1 friendly; 8 urgent; 15 firm with a call, naming suspension; 30 severe, suspension proposed; 45 final demand; agency.
policy classic
route email:ap letter:ap phone:ap phone:manager email:executive letter:executive
2026-01-30 invoice A-1 EUR 6,000.00 due 2026-03-02
between 2026-01-30 and 2026-03-02, never anything
2026-03-03 expect act first_reminder friendly, by email, names none, asks none, pay by 2026-03-09
between 2026-03-04 and 2026-03-09, never anything
2026-03-10 expect act second_notice urgent, by email, names none, asks none, pay by 2026-03-16
between 2026-03-11 and 2026-03-16, never anything
2026-03-17 expect act final_notice firm, by email call, names suspension, asks none, pay by 2026-03-30
between 2026-03-18 and 2026-03-31, never anything
2026-04-01 expect act pre_collections severe, by email call, to ap manager, names suspension, asks suspension
2026-04-01 expect ask suspension by manager
between 2026-04-02 and 2026-04-15, never anything
2026-04-16 expect ask final_demand by manager, total EUR 6,000.00
2026-04-16 10:00 approve final_demand
2026-04-17 expect act final_demand formal, by email letter, to executive, names agency legal, pay by 2026-04-27
between 2026-04-18 and 2026-04-27, never anything
2026-04-28 expect ask placement by manager, total EUR 6,000.00
between 2026-04-28 and 2026-05-29, never ask legal_referral
2026-04-30 approve placement
between 2026-04-30 and 2026-06-30, always wait placed
