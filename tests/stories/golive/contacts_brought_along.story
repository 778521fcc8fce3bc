# Contacts imported from the old system count as steps taken, with their waits (SEMANTICS 4.8).
# The old system's second notice went on 25 February: the final notice follows on Wednesday 4 March.
2026-03-02 invoice A-1 EUR 900.00 due 2026-01-15 at go-live
2026-03-02 contact urgent by letter as second_notice for A-1 on 2026-02-25
between 2026-03-02 and 2026-03-03, never anything
2026-03-04 expect act final_notice firm
between 2026-03-02 and 2026-03-31, never act first_reminder
