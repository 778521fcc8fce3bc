# A step's share is judged on the net overdue concerned against the customer's whole balance (SEMANTICS 4.4).
# "second" needs half of the balance: 300 of 1,000 is not, 300 of 500 is.
policy share.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 700.00 due 2026-05-29
2026-03-03 expect act first, about A-1
between 2026-03-10 and 2026-03-15, always wait below_minimum
2026-03-16 payment EUR 500.00 for A-2
2026-03-16 expect act second, about A-1, total EUR 300.00
