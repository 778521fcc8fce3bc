"""Letters as a print run: printed together, put into the post by hand, marked as posted.

A letter counts once somebody marks it as posted, on the day it was (SEMANTICS 6.6); until then its
case is `in_flight`. Printing decides each case once more, as any hand-over does, and keeps the
bytes; a run can be printed again from those. What is taken out of a run before it is posted is
ready again, and decided anew by the next. Nobody who says nothing for `KEPT`: what was printed is
`unknown` then, and a person is asked what became of it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.message import Receipt
from dunwell.core.scope import Scope
from dunwell.desk import dispatch, gate
from dunwell.store import models, personal, tx
from dunwell.store.records import cases, outbox

CHANNEL = "letter"
KEPT = dt.timedelta(days=10)
"""How long what was printed waits to be marked as posted."""
MOST = 100
"""So many letters are one run: each is set as a page of its own."""
_OWNER = "print run:"


class Printed(NamedTuple):
    """What printing came to: the run ("" for none), its letters, and what did not go with it."""

    run: str
    letters: int
    cancelled: int
    postponed: int
    left: int


def listed(scope: Scope, *, as_of: dt.date | None = None) -> list[dict[str, Any]]:
    """List the letters that wait to be printed or posted, in the order in which they are printed.

    With a day, each printed one says why it would not go any more, where it would not.
    """
    with tx.reading(scope):
        rows = list(
            models.Action.objects.filter(
                organisation_id=scope.organisation_id, channel=CHANNEL,
                state__in=("ready", "claimed", "handing"),
            )
            .select_related("customer", "entity", "decision")
            .order_by("entity__code", "customer__reference", "pk")
        )  # fmt: skip
        names = personal.read(scope, "customer", {a.customer_id for a in rows}, fields=["name"])
        printed = [a for a in rows if run_of(a)]
        over = _over(scope, printed, as_of) if as_of and printed else {}
        return [
            {
                "key": a.key,
                "customer": a.customer.reference,
                "name": names.get((a.customer_id, "name"), ""),
                "entity": a.entity.code,
                "step": a.step,
                "state": "printed" if run_of(a) else "waiting",
                "send_at": a.send_at,
                "run": run_of(a),
                "printed_at": a.handed_at if run_of(a) else None,
                "why_not": over.get(a.pk, ""),
            }
            for a in rows
        ]


def run_of(action: models.Action) -> str:
    """Return the run a letter was printed with, "" where it was not."""
    owner: str = action.lease_owner
    is_printed = action.state == "handing" and owner.startswith(_OWNER)
    return owner.removeprefix(_OWNER) if is_printed else ""


def _over(scope: Scope, printed: Sequence[models.Action], as_of: dt.date) -> dict[int, str]:
    """Return why some printed letters would not go out on a day: paid, stopped, disputed since."""
    whys = dispatch.over(scope, printed, on=as_of)
    return {pk: why for pk, why in whys.items() if why}


# --- printing ---------------------------------------------------------------------------------


def print_run(
    scope: Scope, *, now: dt.datetime, today: dt.date, plays: dt.date | None = None
) -> Printed:
    """Print the letters whose slot has come as one run; `file` gives its pages.

    Each is decided once more first: what was paid or stopped is cancelled, what has its hours
    still ahead waits. Raises: Refused where none waits, or the data is too old to send anything.
    """
    if stale := gate.stale_feed(scope, as_of=plays or today):
        raise Refused("stale_data", f"no letter is printed: {stale}")
    run = secrets.token_hex(4)
    going = dispatch.Press(scope, worker=f"{_OWNER}{run}", now=now, plays=plays)
    letters = going.press(CHANNEL, most=MOST)
    if not letters and not going.counts["cancelled"] and not going.counts["postponed"]:
        raise Refused("no_letters", "no letter waits to be printed")
    if letters:
        outbox.record_printed(
            scope, {one.action.pk: one.act for one in letters}, run=run, by=f"{_OWNER}{run}",
            until=now + KEPT, on=plays or today, at=now,
        )  # fmt: skip
    with tx.reading(scope):
        left = models.Action.objects.filter(
            organisation_id=scope.organisation_id, channel=CHANNEL, state="ready",
            send_at__lte=now,
        ).count()  # fmt: skip
    counts = going.counts
    return Printed(run if letters else "", len(letters), counts["cancelled"],
                   counts["postponed"], left)  # fmt: skip


def file(scope: Scope, run: str, *, both_sides: bool = False) -> bytes:
    """Return the letters of a run as one PDF, from the bytes that were kept, in their order.

    `both_sides` lets each begin on a sheet of its own. Raises: Refused for no such run.
    """
    with tx.reading(scope):
        rows = _of_run(scope, run).order_by("entity__code", "customer__reference", "pk")
        made = [outbox.message_of(scope, pk) for pk in rows.values_list("pk", flat=True)]
    if not made:
        raise _unknown(run)
    from dunwell.delivery import letter  # Typst is loaded only where a page is set

    return letter.bound([m for m in made if m is not None], both_sides=both_sides)


# --- in the post, or back ---------------------------------------------------------------------


def post(
    scope: Scope, run: str, *, keys: Collection[str] = (), on: dt.date, today: dt.date,
    now: dt.datetime,
) -> int:  # fmt: skip
    """Mark the letters of a run as posted on a day, or some of them; return how many.

    From then on each counts as a contact, and its step as taken, on that day.
    Raises: Refused for no such run or letter, a day ahead, or one before it was printed for.
    """
    if on > today:
        raise Refused("date_ahead", f"--on {on} lies ahead: mark them once they are in the post")
    with tx.transaction_of(scope):
        rows = _chosen(scope, run, keys)
        for action in rows:
            if on < action.decision.as_of:
                raise Refused(
                    "too_early",
                    f"--on {on} lies before {action.decision.as_of}, when it was decided",
                )
            raw = outbox.message_of(scope, action.pk)
            receipt = Receipt(
                key=action.key, channel=CHANNEL, kind="posted", at=now,
                evidence=f"{scope.actor} says: posted on {on}, print run {run}",
            )  # fmt: skip
            sha256 = "" if raw is None else outbox.digest(raw)
            outbox.record_sent(scope, action, receipt, act=_act(scope, action), on=on,
                               sha256=sha256)  # fmt: skip
    return len(rows)


def recall(scope: Scope, run: str, *, keys: Collection[str] = (), now: dt.datetime) -> int:
    """Take letters out of a run before they are posted; return how many are ready again.

    Raises: Refused for no such run or letter.
    """
    with tx.transaction_of(scope):
        rows = _chosen(scope, run, keys)
        outbox.record_unprinted(scope, rows, run=run, by=f"{_OWNER}{run}", at=now)
    return len(rows)


def _act(scope: Scope, action: models.Action) -> Act:
    """Return what the letter says, as it was printed; as decided, where that was erased."""
    body = outbox.printed_act(scope, action.pk) or bytes(action.decision.body)
    made = cases.unpack(body)
    assert isinstance(made, Act)
    return made


def _of_run(scope: Scope, run: str) -> QuerySet[models.Action]:
    return models.Action.objects.filter(
        organisation_id=scope.organisation_id, channel=CHANNEL, state="handing",
        lease_owner=f"{_OWNER}{run}",
    )  # fmt: skip


def _chosen(scope: Scope, run: str, keys: Collection[str]) -> list[models.Action]:
    rows = _of_run(scope, run).select_related("decision", "customer", "entity").order_by("pk")
    found = [a for a in rows if not keys or a.key in keys]
    missing = set(keys) - {a.key for a in found}
    if not found or missing:
        raise _unknown(run)
    return found


def _unknown(run: str) -> Refused:
    return Refused(
        "unknown_run", f"nothing of a print run {run!r} waits to be posted; see `dunwell letter "
        "list`",
    )  # fmt: skip
