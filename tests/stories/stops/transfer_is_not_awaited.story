# A bank transfer is no automatic collection: the reminder comes the day after the due date (SEMANTICS 3.2).
pays by transfer
2026-02-10 invoice A-1 EUR 300.00 due 2026-03-10
2026-03-11 expect act first_reminder
between 2026-02-10 and 2026-03-31, never wait automatic_collection
