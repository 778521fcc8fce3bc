# No overdue step for an item whose invoice is known undelivered; those days do not age it (SEMANTICS 4.10, 2.3).
# Due on 2 March and delivered on the 16th, that day is its first day overdue.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-04 undelivered A-1
2026-03-03 expect wait delivery_unknown
between 2026-02-04 and 2026-03-15, never anything
2026-03-16 delivered A-1
2026-03-16 expect act first_reminder, takes A-1=first_reminder
between 2026-03-17 and 2026-03-22, never anything
2026-03-23 expect act second_notice
