# A refused write-off is asked again on its day, and nothing is chased meanwhile (SEMANTICS 6.3).
2026-02-02 invoice A-1 EUR 4.99 due 2026-03-02
2026-05-31 expect ask write_off
2026-06-02 refuse write_off until 2026-06-30
between 2026-06-02 and 2026-06-29, always wait on_hold
2026-06-30 expect ask write_off by manager
