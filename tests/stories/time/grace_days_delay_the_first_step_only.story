# Grace days delay a segment's first overdue step and nothing else (SEMANTICS 2.2).
# With 5 days of grace the first reminder comes at age 6 instead of 1; the rest follows its own ages and waits.
policy grace.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
between 2026-03-02 and 2026-03-08, never anything
2026-03-09 expect act first
between 2026-03-10 and 2026-03-15, never anything
2026-03-16 expect act second
2026-03-23 expect act third
