# Claims for interest or fees never count toward a minimum: 3.00 stay below the small balance of 5.00 (SEMANTICS 1, 4.4).
2026-02-02 invoice A-1 EUR 3.00 due 2026-03-02
2026-03-03 claim F-1 EUR 40.00 due 2026-03-02
between 2026-03-03 and 2026-05-30, always wait below_minimum
