"""Whose data, and who asks: the first argument of everything in the store."""

from __future__ import annotations

from typing import NamedTuple


class Scope(NamedTuple):
    """One organisation, and the person or machine acting in it (DATA.md 1.1)."""

    organisation_id: int
    organisation: str
    actor: str
