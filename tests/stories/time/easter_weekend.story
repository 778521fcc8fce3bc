# Contact goes out on the debtor's working days: on a closed day the case waits and is decided afresh on the next open one (SEMANTICS 2.5).
# Due on Maundy Thursday 2 April; in Germany Friday 3 to Monday 6 April are closed.
country DE
2026-03-02 invoice A-1 EUR 300.00 due 2026-04-02
between 2026-04-03 and 2026-04-06, always wait quiet_hours
between 2026-04-03 and 2026-04-06, never anything
2026-04-03 expect wait quiet_hours, until 2026-04-07, step first_reminder
2026-04-07 expect act first_reminder, at 09:00
2026-04-14 expect act second_notice
