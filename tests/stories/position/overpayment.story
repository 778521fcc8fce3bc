# What is paid too much stays unapplied and reduces the next demand, never the one that is settled (SEMANTICS 3.1, 3.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 500.00 due 2026-03-16
2026-03-05 payment EUR 340.00 for A-1
2026-03-06 expect wait not_yet
between 2026-03-05 and 2026-03-16, never anything
2026-03-17 expect act first_reminder, about A-2, total EUR 460.00
between 2026-03-05 and 2026-04-30, never act, demands A-1
