"""What a look at the items' own rows can prove: nothing is open, or nothing is due yet.

A night's book is mostly cases in which nothing can happen yet. Where only due dates and steps
taken tell when the next step opens, a dictionary tells it, item by item, without loading a
case; everything else gets its facts and a full `decide`. Sound: `glance` says nothing, or
exactly what `decide` says (tests/properties). Origin: DATA.md 2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from dunwell.core import ladder
from dunwell.core.decision import Wait
from dunwell.core.reasons import Reason

Place = tuple[str, str, str]
"""An item's due date, the steps it has taken (`book.taken_text`) and its go-live day, as text."""


def glance(
    places: Iterable[Place],
    rungs: ladder.Rungs,
    *,
    on_account_minor: int = 0,
    least_minor: int = 0,
    in_flight: bool = False,
) -> Wait | None:
    """Return what `decide` would say of a case with these open items, or None: decide it.

    The items must be debits in base currency in which nothing but their place tells (no stop,
    automatic collection, or payment that came back). `on_account_minor` is what credit notes
    and unapplied cash come to, `least_minor` the least open amount of an item: money that
    covers no item wholly silences nothing. `in_flight`: a message that takes a step is under
    way, and none is unknown. The refs that make up the sentence are left out: they name an
    item, and whoever asks for it gets a full decision.

    >>> from dunwell import policies as built_in
    >>> from dunwell.core import policy, workdays
    >>> p = policy.compile_policy(built_in.built_in("classic"), version=1)
    >>> rungs = ladder.Rungs(cadence=p.cadences["classic"], settings=p.settings, grace_days=0,
    ...     calendar=workdays.Calendar("-/0"), as_of=dt.date(2026, 3, 2))
    >>> glance([("2026-03-02", "", "")], rungs).look_again_on
    datetime.date(2026, 3, 3)
    """
    if on_account_minor and on_account_minor >= least_minor:
        return None
    opens_on: dt.date | None = None
    seen = is_open = False
    as_of, at = rungs.as_of, rungs.at
    for due_on, taken, go_live_on in places:
        seen = True
        opens = at(due_on, taken, go_live_on).opens_on
        if opens is None or (opens <= as_of and not in_flight):
            return None
        if opens <= as_of:
            is_open = True
        elif opens_on is None or opens < opens_on:
            opens_on = opens
    if in_flight:
        if not seen:
            return None
        return Wait(reason=Reason.IN_FLIGHT, also=() if is_open else (Reason.NOT_YET,))
    if not seen:
        return None if on_account_minor else Wait(reason=Reason.NOTHING_OPEN)
    return Wait(reason=Reason.NOT_YET, look_again_on=opens_on)
