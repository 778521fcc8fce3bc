# A promise has one working day of tolerance: promised for Friday, paid on Monday, kept (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 promise EUR 500.00 on A-1, A-2 by 2026-03-13
2026-03-16 10:00 payment EUR 500.00 for A-1, A-2
between 2026-03-05 and 2026-03-16, always wait promise_open, until 2026-03-17
between 2026-03-17 and 2026-04-30, always wait nothing_open
