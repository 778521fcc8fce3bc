# A customer who says no was called: the step is taken, and the next comes at its own time (SEMANTICS 6.6).
segment vip
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-23 expect act account_manager_call, by call
2026-03-24 10:00 call refused
2026-03-25 expect wait not_yet
between 2026-03-25 and 2026-03-30, never act
2026-03-31 expect act account_manager_note
