# A case wholly below the small balance for 90 days is proposed for write-off, and never chased (SEMANTICS 4.4).
# Due 2 March, 90 days overdue on Sunday 31 May.
2026-02-02 invoice A-1 EUR 4.99 due 2026-03-02
between 2026-03-03 and 2026-05-30, always wait below_minimum
2026-05-31 expect ask write_off by manager, about A-1, total EUR 4.99
between 2026-02-02 and 2026-06-30, never act
2026-06-02 approve write_off
2026-06-02 expect wait placed
