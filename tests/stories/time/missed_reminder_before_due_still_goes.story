# "At least N days and not yet done": a reminder before the due date that a run missed still goes while the date lies ahead (SEMANTICS 2.4).
policy net30
2026-03-02 invoice A-1 EUR 300.00 due 2026-03-31
2026-03-26 no run until 2026-03-29
between 2026-03-02 and 2026-03-29, never anything
2026-03-30 expect act pre_due
2026-03-31 expect nothing
