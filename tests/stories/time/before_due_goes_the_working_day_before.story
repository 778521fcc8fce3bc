# A pre-due reminder that falls on a closed day goes out the working day before, a due-date notice the next (SEMANTICS 2.5).
# Due Tuesday 31 March: three days before is Saturday 28, so it goes on Friday 27.
policy net30
2026-03-02 invoice A-1 EUR 300.00 due 2026-03-31
between 2026-03-02 and 2026-03-26, never anything
2026-03-27 expect act pre_due friendly, takes A-1=pre_due
between 2026-03-28 and 2026-03-30, never anything
2026-03-31 expect act due_notice friendly, takes A-1=due_notice
between 2026-04-01 and 2026-04-06, never anything
2026-04-07 expect act first_reminder
