"""What is set up here, for whoever looks after it: companies, calendars, how fresh the data is."""

from __future__ import annotations

import datetime as dt

from dunwell.core.scope import Scope
from dunwell.store import tx
from dunwell.store.lists import settings as lists


def companies(scope: Scope) -> list[lists.Company]:
    """Return every entity with its letterhead."""
    with tx.reading(scope):
        return lists.companies(scope)


def calendars(scope: Scope, *, after: dt.date, ahead: int) -> list[lists.Calendar]:
    """Return each calendar that is kept by an entity, with the next closed days."""
    with tx.reading(scope):
        return lists.calendars(scope, after=after, ahead=ahead)


def feeds(scope: Scope) -> list[lists.Feed]:
    """Return what came in last of each kind that can be required."""
    with tx.reading(scope):
        return lists.feeds(scope)
