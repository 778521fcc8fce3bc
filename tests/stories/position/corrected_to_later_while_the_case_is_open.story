# A ladder started anew by a corrected due date runs again, though the case is still the same (SEMANTICS 1, Item; 6.5).
# A-2 keeps the case open while A-1, reminded on 3 March, becomes due on 31 March.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-04 invoice A-2 EUR 200.00 due 2026-03-04
2026-03-03 expect act first_reminder, about A-1, case 1
2026-03-05 correction A-1 due 2026-03-31
2026-03-06 expect act first_reminder, about A-2, also overdue none
2026-03-09 dispute on A-2
between 2026-03-07 and 2026-03-31, never act
2026-04-01 expect act first_reminder, about A-1, takes A-1=first_reminder, under query A-2, case 1, sent
