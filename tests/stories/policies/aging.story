# The path by aging bucket: soft at 1 and 15, written at 30, call and manager at 60, final warning at 90 (SEMANTICS 9, aging).
# Day 90 is Sunday 31 May: the question is put that day, the warning goes on the working day it is approved.
policy aging
route email:ap letter:ap phone:ap email:manager phone:manager email:executive letter:executive
2026-01-30 invoice A-1 EUR 6,000.00 due 2026-03-02
2026-03-03 expect act soft_reminder friendly, by email
between 2026-03-04 and 2026-03-16, never anything
2026-03-17 expect act soft_reminder_again friendly, by email
between 2026-03-18 and 2026-03-31, never anything
2026-04-01 expect act written_request firm, by email letter
between 2026-04-02 and 2026-04-30, never anything
2026-05-01 expect act manager_notice severe, by email call, to manager
between 2026-05-02 and 2026-05-30, never anything
2026-05-31 expect ask final_demand by manager
2026-06-01 approve final_demand
2026-06-01 expect act final_demand formal, by email letter, to executive, names agency legal, pay by 2026-06-11
between 2026-06-02 and 2026-06-11, never anything
2026-06-12 expect ask placement by manager
