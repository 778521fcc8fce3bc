# `opening` may raise the first step by age, never above urgent (SEMANTICS 4.8).
# The policy opens 60 days at the second notice, and asks for the firm one at 90 days, which is not heeded.
policy opening.yaml
2026-03-02 invoice A-1 EUR 900.00 due 2025-11-02 at go-live
2026-03-02 expect act second urgent, takes A-1=second
between 2026-03-03 and 2026-03-08, never anything
2026-03-09 expect act third firm
between 2026-03-02 and 2026-03-31, never act first
