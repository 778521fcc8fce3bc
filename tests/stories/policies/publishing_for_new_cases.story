# Published for new cases only, a running case keeps its version to the end (SEMANTICS 1, Policy).
policy version_1.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first
2026-03-05 publish version_2.yaml for new cases
2026-03-10 expect act second
between 2026-03-04 and 2026-03-16, never act reminder
2026-03-16 payment EUR 300.00 for A-1
2026-03-16 invoice A-2 EUR 200.00 due 2026-04-15
2026-04-16 expect act hello, case 2
