# One message per case, with a total for each currency; currencies are never added (SEMANTICS 3.1).
rate USD 0.90
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 USD 200.00 due 2026-03-02
2026-03-03 expect act first_reminder, about A-1 A-2, total EUR 300.00 USD 200.00
between 2026-03-04 and 2026-03-09, never anything
