# While a promise is open its items are left alone; kept, the case closes without another word (SEMANTICS 7, Promise).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 promise on A-1 by 2026-03-13
between 2026-03-05 and 2026-03-12, always wait promise_open, until 2026-03-17
2026-03-13 payment EUR 300.00 for A-1
between 2026-03-05 and 2026-04-30, never anything
2026-03-13 expect wait nothing_open
