# A dispute stops only what it covers: the other invoice climbs on, the disputed one is shown outside the total (SEMANTICS 7, 4.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-02
2026-03-03 expect act first_reminder, about A-1 A-2, under query none, total EUR 500.00
2026-03-06 dispute on A-1 about quantity as D1
2026-03-10 expect act second_notice, about A-2, under query A-1, total EUR 200.00
2026-03-17 expect act final_notice, about A-2, under query A-1, total EUR 200.00
between 2026-03-06 and 2026-03-31, never act, demands A-1
