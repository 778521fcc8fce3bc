# Each instalment has its own ladder; one missed does not make the others due (SEMANTICS 1, Item).
2026-02-02 instalment A-1/1 EUR 300.00 due 2026-03-02
2026-02-02 instalment A-1/2 EUR 300.00 due 2026-04-02
2026-03-03 expect act first_reminder, about A-1/1, also overdue none, total EUR 300.00
2026-03-31 expect nothing
between 2026-03-03 and 2026-04-02, never act, demands A-1/2
2026-04-01 expect act pre_collections, about A-1/1, due soon none, total EUR 300.00
