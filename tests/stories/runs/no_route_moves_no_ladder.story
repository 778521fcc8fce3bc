# A customer who cannot be reached takes no step: a person must find an address (SEMANTICS 6.6).
route email:ap
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 10:00 bounce
between 2026-03-04 and 2026-03-15, always wait no_route
2026-03-16 route email:manager
2026-03-16 expect act first_reminder, to manager
between 2026-03-04 and 2026-03-22, never act stern
2026-03-23 expect act second_notice
