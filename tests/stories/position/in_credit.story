# Nobody is chased who is in credit (SEMANTICS 3.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-25 credit note C-1 EUR 350.00
between 2026-02-02 and 2026-04-30, never anything
2026-03-03 expect wait in_credit, also cash_unapplied
