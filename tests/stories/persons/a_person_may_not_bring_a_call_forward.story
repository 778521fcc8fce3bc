# What the policy holds back may be brought forward, what the law holds back never (SEMANTICS 6.11, 13).
policy law_calls.yaml
country US
natural person yes
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_call
2026-03-03 10:00 call reached
2026-03-06 bring forward too_soon
2026-03-06 expect wait too_soon, step second_call
