# A credit note reduces the item it names, disputed part first: what is not disputed is still demanded (SEMANTICS 3.4).
# 1,000 open, 300 disputed, a credit note of 300 for it: 700 remain, not 400.
2026-02-02 invoice A-1 EUR 1,000.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 1,000.00
2026-03-05 dispute on A-1 of EUR 300.00 about quality
2026-03-09 credit note C-1 EUR 300.00 for A-1
2026-03-10 expect act second_notice, total EUR 700.00
between 2026-03-05 and 2026-03-31, never act, total EUR 400.00
