# Nobody is chased whose credit notes and unapplied cash cover what is overdue; it is to be allocated instead (SEMANTICS 3.3).
# A-2 is not due yet, so the customer is not in credit: the cash just was not matched.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 500.00 due 2026-04-30
2026-03-03 expect act first_reminder
2026-03-09 payment EUR 300.00
between 2026-03-09 and 2026-04-30, never anything
2026-03-10 expect wait cash_unapplied
