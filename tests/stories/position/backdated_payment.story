# A decision uses what was known on its day; money that turns out to have come earlier counts from when we know it (SEMANTICS 2.6).
# Paid on 6 March, known on the 12th: the notice of the 10th still named A-1, the one of the 17th does not.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-02
2026-03-10 expect act second_notice, about A-1 A-2, total EUR 500.00
2026-03-12 payment EUR 300.00 for A-1 dated 2026-03-06
between 2026-03-12 and 2026-04-30, never act, demands A-1
2026-03-17 expect act final_notice, about A-2, total EUR 200.00
