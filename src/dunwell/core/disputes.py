"""What a dispute can be about, and how it can end (SEMANTICS 7, Dispute).

Must not know: who answers it, or how what is disputed is kept out (`core.stops` does).
"""

from __future__ import annotations

CODES = (
    "price", "quantity", "quality", "not_received", "duplicate", "missing_po", "wrong_entity",
    "tax", "terms", "cancelled", "other",
)  # fmt: skip
"""What customers object to; a reply's reader uses the same words."""

OUTCOMES = ("upheld", "rejected", "credited")

REJECTED_DAYS = 7
"""Days a rejected dispute stays disputed after its answer, without stopping a clock."""
