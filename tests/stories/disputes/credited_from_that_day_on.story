# Credited, it covers nothing from that day on; the days before stay off the clock (SEMANTICS 7, 2.3).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 dispute on A-1 about duplicate as D1
2026-03-09 dispute D1 credited
between 2026-03-05 and 2026-03-08, always wait disputed
2026-03-09 expect wait not_yet
between 2026-03-05 and 2026-03-13, never anything
2026-03-16 expect act second_notice
