# A wait says when to look again: the day the next step opens (SEMANTICS 2.7, 5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
between 2026-02-02 and 2026-03-02, always wait not_yet, until 2026-03-03
2026-03-03 expect act first_reminder
between 2026-03-04 and 2026-03-09, always wait not_yet, until 2026-03-10, step second_notice
