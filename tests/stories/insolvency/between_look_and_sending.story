# A filing that comes in after the look is seen before the mail leaves (SEMANTICS 6.4, 7).
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 08:30 insolvency
2026-03-03 expect act first_reminder, not sent
between 2026-03-04 and 2026-12-31, always wait insolvent
