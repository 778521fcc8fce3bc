# What does not reach a step's minimum counts with the step below; falling back repeats no step (SEMANTICS 4.4).
# On 17 March A-1 (80.00) is due "third", whose minimum is 100.00. It counts with "second", where A-2 (3.00) stands:
# together 83.00 are over the small balance. A-2 takes "second"; A-1, which has taken it, takes nothing.
policy minimum.yaml
2026-02-02 invoice A-1 EUR 80.00 due 2026-03-02
2026-02-09 invoice A-2 EUR 3.00 due 2026-03-09
2026-03-10 expect act second, about A-1, also overdue A-2, takes A-1=second A-2=first
2026-03-17 expect act second, about A-2, also overdue A-1, takes A-2=second, total EUR 83.00
between 2026-03-17 and 2026-04-30, never act third
between 2026-03-20 and 2026-04-30, always wait below_minimum
