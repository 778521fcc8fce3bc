# The first segment that matches wins: a strategic customer with poor history is a VIP (SEMANTICS 8, 4.7).
strategic yes
grade poor
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-17
2026-03-12 expect act courtesy_note
between 2026-03-12 and 2026-04-30, never act risk_first
between 2026-03-12 and 2026-04-30, never ask suspension
