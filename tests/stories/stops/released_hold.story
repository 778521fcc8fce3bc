# A hold released early ends that day; its days stay off the clock (SEMANTICS 2.3, 7).
# Open-ended from 5 March, released on the 9th: four days, so the second notice moves from the 10th to Saturday 14, so Monday 16.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-05 hold on A-1 as H1
2026-03-05 expect wait on_hold
2026-03-09 release H1
between 2026-03-05 and 2026-03-15, never anything
2026-03-16 expect act second_notice
