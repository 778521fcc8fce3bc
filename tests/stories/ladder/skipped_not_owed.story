# A pre-due or due-date step whose moment has passed is skipped, not owed (SEMANTICS 4.1).
# The invoice comes in two days overdue: no reminder "before the due date" is sent after it.
policy net30
2026-03-04 invoice A-1 EUR 300.00 due 2026-03-02
between 2026-03-04 and 2026-03-31, never act pre_due
between 2026-03-04 and 2026-03-31, never act due_notice
between 2026-03-04 and 2026-03-08, never anything
2026-03-09 expect act first_reminder
