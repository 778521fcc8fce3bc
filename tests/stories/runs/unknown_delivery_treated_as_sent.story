# Nobody knows whether it arrived: it is never blindly repeated; treated as sent, the step counts from the day it was handed (SEMANTICS 6.5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 next delivery unknown
2026-03-03 expect act first_reminder
between 2026-03-04 and 2026-03-05, always wait delivery_unknown, until an event
2026-03-06 treat as sent
between 2026-03-04 and 2026-03-09, never anything
2026-03-10 expect act second_notice
