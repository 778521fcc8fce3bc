# A company does not walk the path for natural persons (SEMANTICS 4.7).
policy persons.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act reminder urgent
between 2026-02-02 and 2026-05-31, never act kind_word
