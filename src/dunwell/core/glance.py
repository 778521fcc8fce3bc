"""What a look at the items' own rows can prove: nothing is open, or nothing is due yet.

A night's book is mostly cases in which nothing can happen yet. Where only due dates and steps
taken tell when the next step opens, a dictionary tells it, item by item, without loading a
case; everything else gets its facts and a full `decide`. Sound: `glance` says nothing, or
exactly what `decide` says (tests/properties). Origin: DATA.md 2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from dunwell.core import ladder
from dunwell.core.decision import Wait
from dunwell.core.reasons import Reason

Place = tuple[str, str, str]
"""An item's due date, the steps it has taken (`book.taken_text`) and its go-live day, as text."""


def glance(
    places: Sequence[Place],
    rungs: ladder.Rungs,
    *,
    on_account_minor: int = 0,
    least_minor: int = 0,
    open_minor: Sequence[int] = (),
    in_flight: bool = False,
    held_until: dt.date | None = None,
) -> Wait | None:
    """Return what `decide` would say of a case with these open items, or None: decide it.

    The items must be debits in base currency in which nothing but their place tells (no stop,
    automatic collection, or payment that came back). `on_account_minor` is what credit notes
    and unapplied cash come to, `least_minor` the least open amount of an item: money that
    covers no item wholly silences nothing. `open_minor` are the open amounts in the order of
    the items, empty where a credit note names its item. `in_flight`: a message that takes a
    step is under way, and none is unknown. `held_until`: the first day on which the contacts
    so far keep no step back, where all of them were mild. The refs that make up the sentence are
    left out: they name an item, and whoever asks for it gets a full decision.

    >>> from dunwell import policies as built_in
    >>> from dunwell.core import policy, workdays
    >>> p = policy.compile_policy(built_in.built_in("classic"), version=1)
    >>> rungs = ladder.Rungs(cadence=p.cadences["classic"], settings=p.settings, grace_days=0,
    ...     calendar=workdays.Calendar("-/0"), as_of=dt.date(2026, 3, 2))
    >>> glance([("2026-03-02", "", "")], rungs).look_again_on
    datetime.date(2026, 3, 3)
    """
    if not places:
        return None if in_flight else _NOTHING[bool(on_account_minor)]
    covered: Collection[int] = ()
    if on_account_minor and on_account_minor >= least_minor:
        found = _covered(places, open_minor, on_account_minor, rungs.as_of)
        if found is None:
            return None
        covered = found
    opens_on: dt.date | None = None
    is_open = is_due = False
    as_of, at = rungs.as_of, rungs.at
    for n, place in enumerate(places):
        rung = at(place)
        opens = rung.opens_on
        if opens is None:
            return None
        if opens <= as_of:
            is_open = True
            if n in covered:
                continue
            if not in_flight and (held_until is None or rung.closes_on is not None):
                return None
            is_due = True
        elif n not in covered and (opens_on is None or opens < opens_on):
            opens_on = opens
    if in_flight:
        return Wait(reason=Reason.IN_FLIGHT, also=() if is_open else (Reason.NOT_YET,))
    if is_due:
        if held_until is None or held_until <= as_of:
            return None
        return Wait(reason=Reason.TOO_SOON, look_again_on=held_until)
    return Wait(reason=Reason.NOT_YET, look_again_on=opens_on)


_NOTHING = {
    False: Wait(reason=Reason.NOTHING_OPEN),
    True: Wait(reason=Reason.NOTHING_OPEN, also=(Reason.IN_CREDIT,)),
}


def _covered(
    places: Sequence[Place], open_minor: Sequence[int], money: int, as_of: dt.date
) -> set[int] | None:
    """Return which items the customer's money covers wholly, the oldest first (3.4).

    None where it covers all that is overdue, or it depends on more than due dates which.
    """
    today = as_of.isoformat()
    by_day: dict[str, list[int]] = {}
    overdue = 0
    if len(open_minor) != len(places):
        return None
    for n, (due_on, _, _) in enumerate(places):
        by_day.setdefault(due_on, []).append(n)
        if due_on < today:
            overdue += open_minor[n]
    if money >= overdue:
        return None
    covered: set[int] = set()
    for day in sorted(by_day):
        of_day = [open_minor[n] for n in by_day[day]]
        if money < sum(of_day):
            # One or none of them is cut in part; which of several, their numbers tell.
            return covered if len(of_day) == 1 or money < min(of_day) else None
        covered.update(by_day[day])
        money -= sum(of_day)
    return covered
