# For a VIP a stern mail never precedes a call: while the account manager has not called, nothing else goes (SEMANTICS 8, 6.6).
strategic yes
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-17
2026-03-12 expect act courtesy_note friendly
2026-03-23 expect act account_manager_call friendly, by call
between 2026-03-24 and 2026-07-31, always wait in_flight, until an event
between 2026-02-02 and 2026-07-31, never act stern
