# A look after the contact hours acts with the next slot; the wait counts from the day it went (SEMANTICS 2.5, 4.2).
# The invoice turns up at 18:00 on 3 March; its reminder goes on the 4th, so the second notice comes on the 11th.
2026-03-03 18:00 invoice A-1 EUR 300.00 due 2026-02-24
2026-03-03 18:30 run again
2026-03-03 19:00 expect act first_reminder, sent
2026-03-04 expect wait in_flight
between 2026-03-05 and 2026-03-10, never anything
2026-03-11 expect act second_notice
