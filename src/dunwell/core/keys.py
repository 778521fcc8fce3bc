"""The key of an action: made so that the same thing is never sent twice (SEMANTICS 6.5)."""

from __future__ import annotations

import hashlib

from dunwell.core import book


def action_key(
    facts: book.Facts,
    *,
    case_no: int,
    step: str,
    lead: book.Item,
    channel: str,
    role: str,
    attempt: int = 1,
) -> str:
    """Return the action's key: 32 hex digits, never of the policy version or set of items."""
    parts = (
        facts.organisation,
        facts.entity,
        facts.customer,
        str(case_no),
        step,
        lead.kind,
        lead.number,
        lead.part,
        lead.child,
        channel,
        role,
        str(attempt),
    )
    text = "\x1f".join(parts)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
