# A promise kept by a payment that is returned is broken (SEMANTICS 3.6, 7).
# Kept on the 10th, returned on the 16th: its days are given back, those paid are not; age 8 is Monday 16 March.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 promise on A-1 by 2026-03-10
2026-03-10 payment EUR 300.00 for A-1 as P1
between 2026-03-10 and 2026-03-15, always wait nothing_open
2026-03-16 reversal of P1
2026-03-16 expect act second_notice, case 1
between 2026-03-04 and 2026-03-15, never anything
