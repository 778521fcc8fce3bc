# With the bank's data older than a working day nothing is sent (SEMANTICS 6.8).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 late bank file
2026-03-03 expect wait stale_data
2026-03-03 expect nothing
2026-03-04 expect act first_reminder
between 2026-03-05 and 2026-03-10, never anything
2026-03-11 expect act second_notice
