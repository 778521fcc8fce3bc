# The limits are about calls: a written step goes by the policy's own waits (SEMANTICS 13).
policy law_mail.yaml
country US
natural person yes
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_call
2026-03-03 10:00 call reached
2026-03-05 expect wait too_soon, until 2026-03-06, step reminder
2026-03-06 expect act reminder
