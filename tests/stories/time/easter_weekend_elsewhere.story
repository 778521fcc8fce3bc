# The debtor's calendar decides, not ours: Good Friday is a working day in the United States (SEMANTICS 2.1, 2.5).
country US
entity country DE
2026-03-02 invoice A-1 EUR 300.00 due 2026-04-02
2026-04-03 expect act first_reminder
between 2026-04-04 and 2026-04-09, never anything
2026-04-10 expect act second_notice
