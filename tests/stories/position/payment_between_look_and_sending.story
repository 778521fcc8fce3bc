# Just before sending, balance and stops are checked again: what was paid is not demanded (SEMANTICS 6.4).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 08:30 payment EUR 300.00 for A-1
2026-03-03 expect act first_reminder, not sent
between 2026-03-04 and 2026-03-31, always wait nothing_open
