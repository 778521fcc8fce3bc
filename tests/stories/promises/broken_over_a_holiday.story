# A promise is broken from the day after its tolerance of one working day; holidays and weekends do not count (SEMANTICS 7, Promise).
# Promised for Maundy Thursday 2 April; in Germany the next working day is Tuesday 7, so it is broken on Wednesday 8.
country DE
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-17 expect act final_notice
2026-03-24 promise on A-1 by 2026-04-02
between 2026-03-24 and 2026-04-07, always wait promise_open, until 2026-04-08
2026-04-08 expect act pre_collections severe, total EUR 300.00
between 2026-04-09 and 2026-04-21, never act
