# What is collected automatically is left alone until five working days after its date (SEMANTICS 3.2).
# To be collected on Tuesday 10 March: through Tuesday 17 a result is awaited, on the 18th it is chaseable at once.
2026-02-10 invoice A-1 EUR 300.00 due 2026-03-10
2026-02-10 collection of A-1 on 2026-03-10
between 2026-02-10 and 2026-03-17, never anything
between 2026-03-11 and 2026-03-17, always wait automatic_collection, until 2026-03-18
2026-03-18 expect act first_reminder
