# Three invoices of one due date are one lateness, not three: no high risk (SEMANTICS 8).
2026-02-02 invoice A-1 EUR 500.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 500.00 due 2026-03-02
2026-02-02 invoice A-3 EUR 500.00 due 2026-03-02
2026-03-10 expect act second_notice
2026-03-17 expect act final_notice
between 2026-03-02 and 2026-04-15, never act risk_first
between 2026-03-02 and 2026-03-31, never ask suspension
