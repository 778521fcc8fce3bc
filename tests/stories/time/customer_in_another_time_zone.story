# Messages go at the first hour of contact where the debtor is; what arrives before that is still counted (SEMANTICS 2.5, 6.4).
# Nine o'clock in New York is three in the afternoon in Berlin: the payment at noon cancels the message.
zone Europe/Berlin
customer zone America/New_York
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 12:00 payment EUR 300.00 for A-1
2026-03-03 expect act first_reminder, at 09:00, not sent
between 2026-03-04 and 2026-03-31, always wait nothing_open
