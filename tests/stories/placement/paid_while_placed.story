# Once the agency's debt is paid there is nothing left, and recalling it brings nothing back (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-10 placement on A-1
2026-04-20 payment EUR 900.00 for A-1
between 2026-04-20 and 2026-04-30, always wait nothing_open
2026-05-01 placement recalled
between 2026-05-01 and 2026-06-30, always wait nothing_open
