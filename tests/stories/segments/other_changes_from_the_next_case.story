# A change of segment that does not enter at once applies from the next case (SEMANTICS 8).
# Found strategic on 5 March, the case goes on as standard; the next debt walks the key accounts' path.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 strategic yes
2026-03-10 expect act second_notice
2026-03-16 payment EUR 300.00 for A-1
2026-03-16 invoice A-2 EUR 200.00 due 2026-04-15
2026-04-10 expect act courtesy_note, about A-2
between 2026-03-17 and 2026-04-20, never act first_reminder
2026-04-21 expect act account_manager_call, by call
