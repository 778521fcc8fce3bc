# While a customer is in hardship nothing firm or harsher goes out, for 14 days (SEMANTICS 7, Hardship).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-10 expect act second_notice urgent
2026-03-12 hardship
between 2026-03-12 and 2026-03-25, never act firm or harsher
