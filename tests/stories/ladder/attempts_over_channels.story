# A step may require so many attempts over so many channels (SEMANTICS 4.6).
# Two mails are two attempts on one channel; the voicemail of the 19th is the third, on a second one.
policy attempts.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first, by email
2026-03-10 expect act second, by email
between 2026-03-17 and 2026-03-19, always wait requirement_missing, step third
2026-03-19 10:00 call voicemail
2026-03-20 expect act third firm
between 2026-03-11 and 2026-03-19, never act third
