# A step goes to the contact it names; others are tried in the policy's order only where there is none (SEMANTICS 6.6).
route email:ap email:executive letter:executive
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder, to ap
between 2026-03-03 and 2026-04-15, never act, to executive
2026-04-17 approve final_demand
2026-04-17 expect act final_demand, by email letter, to executive
