# A due-date notice is for its day only: missed, it is not sent afterwards (SEMANTICS 2.4, 4.1).
policy net30
2026-03-02 invoice A-1 EUR 300.00 due 2026-03-31
2026-03-27 expect act pre_due
2026-03-31 no run
between 2026-04-01 and 2026-04-06, never anything
2026-04-07 expect act first_reminder
