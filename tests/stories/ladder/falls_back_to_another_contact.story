# Where the contact a step names cannot be reached, others are tried in the policy's order (SEMANTICS 6.6).
route email:buyer
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, by email, to buyer
between 2026-03-03 and 2026-03-31, never wait no_route
