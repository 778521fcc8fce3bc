# A credit note that does not reach the disputed amount leaves it out; the second one brings it up (SEMANTICS 7, Dispute).
2026-02-02 invoice A-1 EUR 1,000.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 1,000.00
2026-03-05 dispute on A-1 of EUR 400.00 about quantity as D1
2026-03-09 dispute D1 upheld
2026-03-12 credit note C-1 EUR 150.00 for A-1
2026-03-17 expect act final_notice, under query A-1, total EUR 600.00
2026-03-18 credit note C-2 EUR 250.00 for A-1
2026-04-01 expect act pre_collections, under query none, total EUR 600.00
between 2026-03-05 and 2026-04-30, never act, total EUR 1,000.00
