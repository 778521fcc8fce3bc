# Disputes on one item add up, never beyond what is open of it (SEMANTICS 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 900.00
2026-03-05 dispute on A-1 of EUR 200.00 about price as D1
2026-03-06 dispute on A-1 of EUR 300.00 about quality as D2
2026-03-10 expect act second_notice, under query A-1, total EUR 400.00
2026-03-12 dispute on A-1 of EUR 800.00 about other as D3
between 2026-03-12 and 2026-04-30, always wait disputed
