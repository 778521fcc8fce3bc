# The eighth call to a natural person waits until the first is seven days old (SEMANTICS 4.5, 13).
policy law_calls.yaml
country US
natural person yes
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-26 09:00 call voicemail
2026-02-26 15:00 call no answer
2026-02-27 09:00 call no answer
2026-02-27 15:00 call busy
2026-03-02 09:00 call no answer
2026-03-02 12:00 call no answer
2026-03-02 15:00 call busy
between 2026-03-03 and 2026-03-04, always wait too_soon, until 2026-03-05, step first_call
2026-03-05 expect act first_call
