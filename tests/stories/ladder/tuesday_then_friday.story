# The least days between contacts are three: after Tuesday comes Friday (SEMANTICS 4.5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-03 invoice A-2 EUR 200.00 due 2026-03-03
2026-03-03 expect act first_reminder, about A-1, due soon A-2
between 2026-03-04 and 2026-03-05, always wait too_soon, until 2026-03-06, step first_reminder
2026-03-06 expect act first_reminder, about A-2, also overdue A-1
