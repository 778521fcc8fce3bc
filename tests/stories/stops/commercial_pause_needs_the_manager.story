# A commercial pause asked by sales is approved by the manager; before that nothing is paused (SEMANTICS 7, Hold).
# Approved on 11 March for 14 days, it covers the 11th to the 24th: the final notice moves from the 17th to the 31st.
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-09 commercial pause as P1
2026-03-10 expect act second_notice
2026-03-11 approve P1 by manager
between 2026-03-11 and 2026-03-24, always wait on_hold, until 2026-03-25
between 2026-03-11 and 2026-03-30, never anything
2026-03-31 expect act final_notice
