"""How long money stays out: the measures, who pays later than before, what late payers share.

`sums` adds up and divides, `chance` tells a difference from luck, `payers` judges customers
against their own past and kinds of customer against the rest of the book, `hints` puts the
latter into words. Nothing here knows where the amounts come from.
"""
