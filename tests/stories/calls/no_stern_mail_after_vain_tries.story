# For a VIP no stern mail precedes a call, however often the line was busy (SEMANTICS 9).
segment vip
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-24 10:00 call busy
2026-03-25 10:00 call busy
between 2026-03-18 and 2026-07-31, never act stern
