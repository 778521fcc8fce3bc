"""Parts of a list that a person keeps under names of their own: tabs to come back to."""

from __future__ import annotations

from typing import Any, NamedTuple

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import tx
from dunwell.store.records import filters

MOST = 20
"""So many a person keeps for a list: more are no tabs any more."""


class Kept(NamedTuple):
    """One part: its name, what stands in its address, and its number."""

    name: str
    query: dict[str, str]
    number: int


def mine(scope: Scope, page: str) -> list[Kept]:
    """Return what whoever asks has kept for a list, in the order of its making."""
    with tx.reading(scope):
        return [Kept(f.name, f.query, f.pk) for f in filters.mine(scope, page)]


def keep(scope: Scope, page: str, name: str, query: dict[str, Any]) -> None:
    """Keep a part of a list under a name, instead of what the name stood for.

    Raises: Refused for a name that says nothing, or where there are too many.
    """
    name = " ".join(name.split())[:60]
    if not name:
        raise Refused("name_missing", "give it a name")
    with tx.transaction_of(scope):
        if filters.mine(scope, page).exclude(name=name).count() >= MOST:
            raise Refused("too_many", f"{MOST} are kept already; forget one first")
        filters.keep(scope, page, name, query)


def forget(scope: Scope, page: str, number: int) -> bool:
    """Forget what one kept oneself; tell whether there was such a one."""
    with tx.transaction_of(scope):
        n, _ = filters.mine(scope, page).filter(pk=number).delete()
    return bool(n)
