"""What a look at the items' own rows can prove: nothing is open, or nothing is due yet.

A night's book is mostly cases in which nothing can happen yet. Where only due dates and steps
taken tell when the next step opens, a dictionary tells it, item by item, without loading a
case; everything else gets its facts and a full `decide`. Sound: `glance` says nothing, or
exactly what `decide` says (tests/properties). Origin: DATA.md 2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple

from dunwell.core import ladder
from dunwell.core.decision import Wait
from dunwell.core.reasons import Reason

Place = str
"""An item's due date, steps taken and go-live day, as one text (`ladder.place_text`)."""
WITHIN = ladder.WITHIN


def glance(
    places: Sequence[Place],
    rungs: ladder.Rungs,
    *,
    on_account_minor: int = 0,
    least_minor: int = 0,
    open_minor: Sequence[int] = (),
    is_named: bool = False,
    in_flight: bool = False,
    held_until: dt.date | None = None,
) -> Wait | None:
    """Return what `decide` would say of a case with these open items, or None: decide it.

    The items must be debits in base currency in which nothing but their place tells (no stop,
    automatic collection, or payment that came back). `on_account_minor` is what credit notes
    and unapplied cash come to, `least_minor` the least open amount of an item: money that
    covers no item wholly silences nothing. `open_minor` are the open amounts in the order of
    the items, looked at where money may cover one; `is_named`: a credit note names its item.
    `in_flight`: a message that takes a step is under way, and none is unknown. `held_until`: the
    first day on which the contacts so far keep no step back, where all of them were mild. The
    refs that make up the sentence are left out: they name an item, and whoever asks for it gets
    a full decision.

    >>> from dunwell import policies as built_in
    >>> from dunwell.core import policy, workdays
    >>> p = policy.compile_policy(built_in.built_in("classic"), version=1)
    >>> rungs = ladder.Rungs(cadence=p.cadences["classic"], settings=p.settings, grace_days=0,
    ...     calendar=workdays.Calendar("-/0"), as_of=dt.date(2026, 3, 2))
    >>> glance([ladder.place_text(dt.date(2026, 3, 2))], rungs).look_again_on
    datetime.date(2026, 3, 3)
    """
    if not places:
        return None if in_flight else _NOTHING[bool(on_account_minor)]
    paid = _NONE
    if on_account_minor and on_account_minor >= least_minor:
        found = _paid(places, open_minor, on_account_minor, rungs.as_of, is_named=is_named)
        if found is None:
            return None
        paid = found
    return _told(places, rungs, paid, in_flight=in_flight, held_until=held_until)


def _told(
    places: Sequence[Place],
    rungs: ladder.Rungs,
    paid: _Paid,
    *,
    in_flight: bool,
    held_until: dt.date | None,
) -> Wait | None:
    """Return what the places' rungs tell, whatever money covers of them."""
    opens_on: dt.date | None = None
    maybe_on: dt.date | None = None
    is_open = is_due = False
    as_of, at = rungs.as_of, rungs.at
    for n, place in enumerate(places):
        rung = at(place)
        opens = rung.opens_on
        if opens is None:
            return None
        if opens <= as_of:
            is_open = True
            if n in paid.wholly:
                continue
            if not in_flight and (held_until is None or rung.closes_on or n in paid.maybe):
                return None
            is_due = True
        elif n in paid.maybe:
            maybe_on = opens if maybe_on is None else min(maybe_on, opens)
        elif n not in paid.wholly and (opens_on is None or opens < opens_on):
            opens_on = opens
    if in_flight:
        return Wait(reason=Reason.IN_FLIGHT, also=() if is_open else (Reason.NOT_YET,))
    if is_due:
        if held_until is None or held_until <= as_of:
            return None
        return Wait(reason=Reason.TOO_SOON, look_again_on=held_until)
    if maybe_on is not None and (opens_on is None or maybe_on < opens_on):
        return None
    return Wait(reason=Reason.NOT_YET, look_again_on=opens_on)


_NOTHING = {
    False: Wait(reason=Reason.NOTHING_OPEN),
    True: Wait(reason=Reason.NOTHING_OPEN, also=(Reason.IN_CREDIT,)),
}


class _Paid(NamedTuple):
    """Which items, by place, the customer's money covers wholly, and which it may cover so."""

    wholly: Collection[int]
    maybe: Collection[int]


_NONE = _Paid((), ())


def _paid(
    places: Sequence[Place],
    open_minor: Sequence[int],
    money: int,
    as_of: dt.date,
    *,
    is_named: bool,
) -> _Paid | None:
    """Return what the customer's money covers, the oldest first (SEMANTICS 3.4).

    None where it may cover all that is overdue. A named item and the numbers of items of one
    day are not looked at: what they decide may be covered.
    """
    today = as_of.isoformat()
    if money >= sum(m for m, p in zip(open_minor, places, strict=True) if p[:10] < today):
        return None
    if is_named:
        return _Paid((), {n for n, minor in enumerate(open_minor) if minor <= money})
    by_day: dict[str, list[int]] = {}
    for n, place in enumerate(places):
        by_day.setdefault(place[:10], []).append(n)
    wholly: set[int] = set()
    for day in sorted(by_day):
        of_day = sum(open_minor[n] for n in by_day[day])
        if money < of_day:
            alone = len(by_day[day]) == 1
            return _Paid(
                wholly, () if alone else {n for n in by_day[day] if open_minor[n] <= money}
            )
        wholly.update(by_day[day])
        money -= of_day
    return _Paid(wholly, ())
