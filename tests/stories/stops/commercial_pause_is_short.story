# A commercial pause lasts at most 14 days (SEMANTICS 7, Hold).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-09 commercial pause until 2026-03-23
2026-03-09 expect refused at most 14 days
2026-03-10 expect act second_notice
between 2026-03-09 and 2026-03-31, never wait on_hold
