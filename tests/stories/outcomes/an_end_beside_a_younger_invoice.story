# Where no outcome can hold for an old item, a younger one still goes its own way; its end is a task beside it (SEMANTICS 4.9).
# Alone again, the old one says so itself.
2026-02-02 invoice A-1 EUR 450.00 due 2026-03-02
2026-04-17 approve final_demand
2026-04-20 invoice A-2 EUR 100.00 due 2026-05-20
between 2026-04-20 and 2026-04-27, always wait not_yet, until 2026-04-28
2026-04-28 expect wait not_yet, until 2026-05-21
2026-05-21 expect act first_reminder, about A-2, also overdue A-1, takes A-2=first_reminder
2026-05-22 payment EUR 100.00 for A-2
2026-05-23 expect wait cadence_ended
between 2026-04-18 and 2026-07-31, never ask placement
