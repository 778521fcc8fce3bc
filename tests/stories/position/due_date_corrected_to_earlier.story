# A due date corrected to earlier keeps history and waits: no step is repeated, none is jumped (SEMANTICS 1, Item).
2026-03-02 invoice A-1 EUR 300.00 due 2026-03-31
2026-04-01 expect act first_reminder
2026-04-02 correction A-1 due 2026-02-27
between 2026-04-02 and 2026-04-07, never anything
2026-04-08 expect act second_notice
between 2026-04-09 and 2026-04-14, never anything
2026-04-15 expect act final_notice
