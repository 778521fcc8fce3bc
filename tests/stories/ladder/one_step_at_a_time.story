# Age sets the ceiling, history sets the next: an invoice that turns up 60 days late starts at the first step (SEMANTICS 4.2).
# Due 2 January, it comes in on 3 March at 60 days; each further step waits for the one before.
2026-03-03 invoice A-1 EUR 300.00 due 2026-01-02
2026-03-03 expect act first_reminder friendly, takes A-1=first_reminder
between 2026-03-04 and 2026-03-09, never anything
2026-03-10 expect act second_notice urgent, takes A-1=second_notice
between 2026-03-11 and 2026-03-16, never anything
2026-03-17 expect act final_notice firm, takes A-1=final_notice
between 2026-03-18 and 2026-03-30, never anything
2026-03-31 expect act pre_collections severe, takes A-1=pre_collections
between 2026-03-03 and 2026-04-13, never ask final_demand
2026-04-14 expect ask final_demand by manager, about A-1
