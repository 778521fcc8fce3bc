# A contact whose step the policy does not know stands for the highest step not harsher than it (SEMANTICS 1, Policy; 4.8).
# "mahnung_2" was urgent: as the second notice, seven days after Monday 23 February.
2026-03-02 invoice A-1 EUR 900.00 due 2026-01-15 at go-live
2026-03-02 contact urgent by letter as mahnung_2 for A-1 on 2026-02-23
2026-03-02 expect act final_notice firm
between 2026-03-02 and 2026-03-31, never act second_notice
