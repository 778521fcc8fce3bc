# A public holiday of the customer's country is no contact day; the Friday after it is one (SEMANTICS 2.5).
# Due Wednesday 25 November; Thursday 26 is Thanksgiving.
country US
2026-10-26 invoice A-1 USD 300.00 due 2026-11-25
currency USD
2026-11-26 expect wait quiet_hours, until 2026-11-27
2026-11-27 expect act first_reminder, pay by 2026-12-03
between 2026-11-28 and 2026-12-03, never anything
2026-12-04 expect act second_notice
