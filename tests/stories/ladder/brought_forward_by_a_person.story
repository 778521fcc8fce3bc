# A person may bring forward what is not yet due, but no step before those that precede it (SEMANTICS 6.11).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-06 bring forward not_yet
2026-03-06 expect act second_notice, takes A-1=second_notice
between 2026-03-04 and 2026-03-12, never act final_notice
2026-03-17 expect act final_notice
