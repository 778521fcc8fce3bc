# A promise is judged only on data that reach past its tolerance: with the bank file late, nobody is called a breaker (SEMANTICS 7, 6.8).
# Promised for the 10th, tolerance the 11th; the file that speaks for the 11th comes a day late and holds the money.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 promise on A-1 by 2026-03-10
2026-03-12 late bank file
2026-03-12 expect wait stale_data, also promise_open not_yet
2026-03-13 payment EUR 300.00 for A-1 dated 2026-03-11
between 2026-03-05 and 2026-04-30, never anything
2026-03-13 expect wait nothing_open
