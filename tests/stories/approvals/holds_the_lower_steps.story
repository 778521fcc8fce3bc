# A step that waits for approval holds the case's lower steps for 10 working days; then they go out alone (SEMANTICS 4.6).
# A-1's final demand waits from Thursday 16 April; A-2, overdue that day, is reminded on Thursday 30.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-16 invoice A-2 EUR 200.00 due 2026-04-15
between 2026-04-16 and 2026-04-29, always ask final_demand
between 2026-04-02 and 2026-04-29, never act
2026-04-30 expect act first_reminder, takes A-2=first_reminder
2026-04-30 expect ask final_demand by manager
