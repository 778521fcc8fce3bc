# A credit note matched in the ledger counts once: it is in the open amount, not taken off again (SEMANTICS 3.1, 3.4).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-05 credit note C-1 EUR 100.00 for A-1
2026-03-06 allocation EUR 100.00 of C-1 for A-1
2026-03-10 expect act second_notice, total EUR 200.00
between 2026-03-05 and 2026-04-30, never act, total EUR 100.00
