# A contact made by hand is a step if the person says which, and its wait counts from then (SEMANTICS 6.6).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-06 15:00 contact urgent by email as second_notice for A-1
between 2026-03-04 and 2026-03-16, never act second_notice
2026-03-17 expect act final_notice firm, takes A-1=final_notice
