# An amount that only fell before sending goes out with fresh figures (SEMANTICS 6.2, 6.4).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 08:30 payment EUR 100.00 for A-1
2026-03-03 expect act first_reminder, total EUR 200.00, sent
between 2026-03-04 and 2026-03-09, never anything
2026-03-10 expect act second_notice, total EUR 200.00
