# A step may require that there was no reply for some days (SEMANTICS 4.6).
# The reply of Monday 9 March is read the same day; seven days without another are over on Monday 16.
policy no_reply.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first
2026-03-09 09:00 reply
2026-03-09 10:00 reply read
between 2026-03-10 and 2026-03-15, always wait requirement_missing, step second
2026-03-16 expect act second
