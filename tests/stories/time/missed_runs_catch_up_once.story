# A run missed for three days catches up once, not three times (SEMANTICS 2.4).
# The second notice opens on 10 March; the runs of the 10th to the 12th are missed.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-10 no run until 2026-03-12
2026-03-11 expect no run
2026-03-13 expect act second_notice
between 2026-03-14 and 2026-03-19, never anything
2026-03-20 expect act final_notice
