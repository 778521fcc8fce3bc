# A step recorded and not yet confirmed is under way, and nothing else goes meanwhile (SEMANTICS 5, 6.6).
segment vip
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-17
2026-02-20 invoice A-2 EUR 200.00 due 2026-03-20
2026-03-23 expect act account_manager_call
between 2026-03-24 and 2026-03-31, always wait in_flight, until an event
between 2026-03-24 and 2026-03-31, never act
