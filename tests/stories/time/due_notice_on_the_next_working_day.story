# A due-date notice that falls on a closed day goes out on the next working day (SEMANTICS 2.5).
# Due Saturday 11 April: three days before is Wednesday 8; the notice goes on Monday 13.
policy net30
2026-03-12 invoice A-1 EUR 300.00 due 2026-04-11
2026-04-08 expect act pre_due
between 2026-04-09 and 2026-04-12, never anything
2026-04-13 expect act due_notice
between 2026-04-14 and 2026-04-19, never anything
2026-04-20 expect act first_reminder
