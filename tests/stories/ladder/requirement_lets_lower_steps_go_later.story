# A step that waits for a requirement holds the case's lower steps for 10 working days; then they go out alone (SEMANTICS 4.6).
# A-1's senior step needs a call and waits from Tuesday 17 March; A-2, overdue since the 19th, is reminded on Tuesday 31.
policy requirement.yaml
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-02-18 invoice A-2 EUR 200.00 due 2026-03-18
2026-03-10 expect act second
between 2026-03-17 and 2026-03-30, always wait requirement_missing, step third
2026-03-31 expect act first, about A-2, also overdue A-1, takes A-2=first
between 2026-03-17 and 2026-04-30, never act third
