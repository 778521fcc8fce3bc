# Cash matched to an invoice afterwards settles it; until then it is to be allocated, and nobody is chased (SEMANTICS 3.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 500.00 due 2026-04-30
2026-03-03 expect act first_reminder
2026-03-09 payment EUR 300.00
between 2026-03-10 and 2026-03-15, always wait cash_unapplied
2026-03-16 allocation EUR 300.00 for A-1
between 2026-03-09 and 2026-04-30, never anything
2026-03-17 expect wait not_yet, until 2026-05-01
