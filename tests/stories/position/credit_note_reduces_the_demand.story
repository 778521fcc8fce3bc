# Credit notes that cover a part are shown, and the net is demanded (SEMANTICS 3.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, total EUR 300.00
2026-03-05 credit note C-1 EUR 120.00
2026-03-10 expect act second_notice, about A-1, total EUR 180.00
between 2026-03-05 and 2026-03-31, never act, total EUR 300.00
