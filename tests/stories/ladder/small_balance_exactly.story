# At the small balance itself an item is chased (SEMANTICS 4.4).
2026-02-02 invoice A-1 EUR 5.00 due 2026-03-02
2026-03-03 expect act first_reminder
between 2026-03-04 and 2026-03-09, never wait below_minimum
