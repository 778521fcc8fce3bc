# What was written off is demanded no more, not even beside a new debt (SEMANTICS 3.2, 7).
2026-02-02 invoice A-1 EUR 4.99 due 2026-03-02
2026-05-31 expect ask write_off by manager, about A-1, total EUR 4.99
2026-06-02 approve write_off
2026-06-02 expect wait placed
2026-06-10 invoice A-2 EUR 300.00 due 2026-07-01
2026-07-02 expect act first_reminder, about A-2, demands A-2, total EUR 300.00
between 2026-06-02 and 2026-08-31, never act, demands A-1
