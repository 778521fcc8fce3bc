# With nothing open there is nothing to say, and only an event can change it (SEMANTICS 5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-20 payment EUR 300.00 for A-1
between 2026-02-20 and 2026-04-30, always wait nothing_open, until an event
