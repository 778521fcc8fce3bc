# Without another e-mail address the message goes by post (SEMANTICS 6.6).
route email:ap letter:ap
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 10:00 bounce
2026-03-03 expect act first_reminder, by email
2026-03-04 expect act first_reminder, by letter, sent
between 2026-03-05 and 2026-03-10, never anything
2026-03-11 expect act second_notice, by letter
