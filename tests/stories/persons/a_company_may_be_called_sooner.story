# Toward a company the law says nothing of calls: the policy's own waits hold (SEMANTICS 13).
policy law_calls.yaml
country US
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_call
2026-03-03 10:00 call reached
2026-03-04 expect wait not_yet, until 2026-03-05, step second_call
2026-03-05 expect act second_call
