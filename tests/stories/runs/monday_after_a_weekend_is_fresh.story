# The age of data counts working days: on Monday a file that speaks for Saturday is fresh enough (SEMANTICS 6.8).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-06
2026-03-09 late bank file
2026-03-09 expect act first_reminder
between 2026-03-07 and 2026-03-31, never wait stale_data
