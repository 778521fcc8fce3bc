# Nobody may bring forward what is disputed (SEMANTICS 6.11).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-02 dispute on A-1
2026-03-05 bring forward disputed
2026-03-05 expect refused nobody may bring forward what is disputed
between 2026-03-02 and 2026-03-31, never act
