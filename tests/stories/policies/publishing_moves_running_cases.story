# Moving to a new version maps steps by id, then by `was:`; a mapped step counts as taken and is never taken again (SEMANTICS 1, Policy).
# "first" became "hello": it is not said twice, and the new "reminder" between is walked.
policy version_1.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first
2026-03-05 publish version_2.yaml
between 2026-03-04 and 2026-03-31, never act hello
between 2026-03-04 and 2026-03-09, never anything
2026-03-10 expect act reminder urgent
between 2026-03-04 and 2026-03-31, never act second
2026-03-17 expect act warning firm
