# A write-off is reversible: the debt is back where it stood (SEMANTICS 7, Write-off).
2026-02-02 invoice A-1 EUR 4.99 due 2026-03-02
2026-06-02 approve write_off
between 2026-06-02 and 2026-06-07, always wait placed
2026-06-08 release write_off
2026-06-08 expect ask write_off by manager, about A-1, total EUR 4.99
between 2026-06-02 and 2026-08-31, never act
