# Invoices below the small balance do not count toward high risk (SEMANTICS 8).
2026-02-02 invoice A-1 EUR 500.00 due 2026-03-02
2026-02-03 invoice A-2 EUR 500.00 due 2026-03-03
2026-02-04 invoice A-3 EUR 4.00 due 2026-03-04
2026-03-10 expect act second_notice
2026-03-17 expect act final_notice
between 2026-03-02 and 2026-03-31, never act risk_first
