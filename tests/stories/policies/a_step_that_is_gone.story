# A step that neither id nor `was:` knows stands for the highest step not harsher than it (SEMANTICS 1, Policy).
# "second" (urgent) has no successor: it stands for the urgent "reminder", and the firm "warning" follows.
policy version_1.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-10 expect act second urgent
2026-03-12 publish version_2.yaml
between 2026-03-11 and 2026-03-16, never anything
2026-03-17 expect act warning firm
between 2026-03-11 and 2026-04-30, never act reminder
