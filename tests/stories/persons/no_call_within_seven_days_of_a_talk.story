# A natural person we talked to is not called again within seven days, by US law (SEMANTICS 4.5, 13).
policy law_calls.yaml
country US
natural person yes
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_call
2026-03-03 10:00 call reached
between 2026-03-04 and 2026-03-09, never act second_call
2026-03-09 expect wait too_soon, until 2026-03-10, step second_call
2026-03-10 expect act second_call
