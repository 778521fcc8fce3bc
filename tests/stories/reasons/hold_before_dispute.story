# The stronger reason is the one given, the other listed after it: on hold comes before disputed (SEMANTICS 5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 dispute on A-1
2026-03-05 hold on A-2 until 2026-03-20
between 2026-03-05 and 2026-03-20, always wait on_hold, until 2026-03-21
2026-03-06 expect wait on_hold, also disputed not_yet
between 2026-03-05 and 2026-03-20, never act
