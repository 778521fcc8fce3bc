# The same invoice that comes in a second time is the one we have: nothing is demanded or booked twice (SEMANTICS 6.5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-16 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-16 expect refused is there already
2026-03-03 expect act first_reminder, about A-1, total EUR 300.00
2026-03-04 payment EUR 300.00 for A-1 as P-1
2026-03-05 payment EUR 300.00 for A-1 as P-1
2026-03-05 expect refused is there already
between 2026-03-04 and 2026-04-30, never anything
