# When it has ended, the ladder goes on where it stopped: those days did not count (SEMANTICS 2.3, 7).
# The second notice opens on cadence day 8; seven of them had passed when the filing came.
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-10 insolvency
between 2026-03-10 and 2026-06-07, always wait insolvent
2026-06-08 release insolvency
2026-06-08 expect act second_notice
between 2026-06-08 and 2026-06-14, never act final_notice
