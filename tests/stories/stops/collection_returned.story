# A returned collection is chaseable at once (SEMANTICS 3.2).
2026-02-10 invoice A-1 EUR 300.00 due 2026-03-10
2026-02-10 collection of A-1 on 2026-03-10
2026-03-11 expect wait automatic_collection
between 2026-02-10 and 2026-03-11, never anything
2026-03-12 collection returned
2026-03-12 expect act first_reminder, about A-1
