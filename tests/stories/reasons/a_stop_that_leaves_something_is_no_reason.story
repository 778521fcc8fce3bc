# A stop's reason holds only when nothing overdue is left to chase (SEMANTICS 5).
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-02 invoice A-2 EUR 200.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-05 dispute on A-1
between 2026-03-05 and 2026-03-31, never wait disputed
2026-03-06 expect wait not_yet, until 2026-03-10
2026-03-10 expect act second_notice, about A-2
