# Only a person's word makes an unknown delivery be tried again (SEMANTICS 6.5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 next delivery unknown
2026-03-06 treat as failed
between 2026-03-04 and 2026-03-05, never anything
2026-03-06 expect act first_reminder, sent
2026-03-13 expect act second_notice
