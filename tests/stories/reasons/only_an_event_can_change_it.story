# What ends by no date of its own names no day to look again: only an event can change it (SEMANTICS 2.7, 5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-05 dispute on A-1 as D-1
between 2026-03-05 and 2026-03-15, always wait disputed, until an event
2026-03-16 dispute D-1 credited
2026-03-16 hold on A-1 as H-1
between 2026-03-16 and 2026-03-31, always wait on_hold, until an event
2026-04-01 insolvency
between 2026-04-01 and 2026-04-30, always wait insolvent, until an event
