# A notice names the last working day before its wait ends, on the debtor's calendar (SEMANTICS 4.2, 2.5).
# The wait of the reminder of 31 March ends on 7 April; before it, Monday 6 and Friday 3 are closed in Germany: Thursday 2.
country DE
2026-03-02 invoice A-1 EUR 300.00 due 2026-03-30
2026-03-31 expect act first_reminder, pay by 2026-04-02
2026-04-06 expect wait not_yet, until 2026-04-07
2026-04-07 expect act second_notice, pay by 2026-04-13
