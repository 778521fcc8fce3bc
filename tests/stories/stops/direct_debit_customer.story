# Who pays by direct debit hears nothing before the collection has had five working days (SEMANTICS 3.2).
# Due and collected on Tuesday 10 March; a result is awaited through Tuesday 17.
pays by direct_debit
2026-02-10 invoice A-1 EUR 300.00 due 2026-03-10
between 2026-02-10 and 2026-03-17, never anything
between 2026-03-11 and 2026-03-17, always wait automatic_collection
2026-03-18 expect act first_reminder
