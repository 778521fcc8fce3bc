# A direct debit that is returned is chaseable at once (SEMANTICS 3.2).
# Collected on 10 March, returned on the 12th: that day is its first day overdue.
pays by direct_debit
2026-02-10 invoice A-1 EUR 300.00 due 2026-03-10
2026-03-10 payment EUR 300.00 for A-1 as DD-1
between 2026-02-10 and 2026-03-11, never anything
2026-03-12 reversal of DD-1
2026-03-12 expect act first_reminder, about A-1
