# An item due on a closed day gets no overdue step before the day after the next working day (SEMANTICS 2.2).
# Due on Good Friday 3 April, payable on Tuesday the 7th, reminded on Wednesday the 8th.
country DE
2026-03-02 invoice A-1 EUR 300.00 due 2026-04-03
between 2026-03-02 and 2026-04-07, never anything
2026-04-07 expect wait not_yet, until 2026-04-08
2026-04-08 expect act first_reminder
