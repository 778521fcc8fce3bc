# A policy may give natural persons a path of their own; others do not walk it (SEMANTICS 4.7, 9).
policy persons.yaml
natural person yes
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
between 2026-03-02 and 2026-03-08, never anything
2026-03-09 expect act kind_word friendly
between 2026-03-10 and 2026-05-31, never act stern
