# What was rejected stays disputed until 7 days after the answer, but those days stop no clock (SEMANTICS 7, 2.3).
# Disputed from 5 March, answered on the 16th: 12 days off the clock put the second notice on the 22nd; the tail ends on the 23rd.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 dispute on A-1 about quality as D1
2026-03-16 dispute D1 rejected
between 2026-03-05 and 2026-03-23, never anything
2026-03-22 expect wait disputed, until 2026-03-24
2026-03-24 expect act second_notice, total EUR 300.00
