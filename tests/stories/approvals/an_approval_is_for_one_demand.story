# An approval is for what was asked: another invoice's demand is asked anew (SEMANTICS 6.3).
# A-1's demand is asked on 10 March and approved; A-2's opens on the 13th, within the approval's ten working days.
policy two_steps.yaml
2026-02-02 invoice A-1 EUR 900.00 due 2026-03-02
2026-02-05 invoice A-2 EUR 700.00 due 2026-03-05
2026-03-06 expect act first, takes A-2=first
2026-03-10 expect ask demand by manager, takes A-1=demand
2026-03-11 approve demand
2026-03-11 expect act demand, takes A-1=demand
2026-03-13 expect wait too_soon, until 2026-03-14
2026-03-16 expect ask demand by manager, takes A-2=demand
between 2026-03-12 and 2026-03-31, never act
