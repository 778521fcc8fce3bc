# At go-live every item already overdue opens at the first overdue step with full waits, however old (SEMANTICS 4.8).
# Due 2 November, 120 days overdue when the book comes in on 2 March.
2026-03-02 invoice A-1 EUR 900.00 due 2025-11-02 at go-live
2026-03-02 expect act first_reminder friendly, takes A-1=first_reminder
between 2026-03-02 and 2026-03-08, never act stern
2026-03-09 expect act second_notice urgent
between 2026-03-10 and 2026-03-15, never anything
2026-03-16 expect act final_notice firm
between 2026-03-17 and 2026-03-29, never anything
2026-03-30 expect act pre_collections severe
between 2026-03-02 and 2026-04-12, never ask final_demand
2026-04-13 expect ask final_demand by manager
