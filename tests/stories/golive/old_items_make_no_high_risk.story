# What was overdue at go-live does not count toward the three late invoices of high risk (SEMANTICS 4.8, 8).
2026-03-02 invoice A-1 EUR 500.00 due 2025-11-02 at go-live
2026-03-02 invoice A-2 EUR 500.00 due 2025-12-02 at go-live
2026-03-02 invoice A-3 EUR 500.00 due 2026-01-02 at go-live
2026-03-02 expect act first_reminder, about A-1 A-2 A-3, total EUR 1,500.00
2026-03-09 expect act second_notice
between 2026-03-02 and 2026-03-31, never act risk_first
between 2026-03-02 and 2026-03-29, never ask suspension
