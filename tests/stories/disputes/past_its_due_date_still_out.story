# Long after it should have been answered a dispute is still no reason to chase (SEMANTICS 7, Dispute).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 500.00 due 2026-03-02
2026-03-05 dispute on A-1 about not received
2026-04-01 expect act, under query A-1
between 2026-03-05 and 2026-09-30, never act, demands A-1
