"""What runs with one customer: agreements, stops, measures, hand-overs, tasks, unread replies.

A handful of queries whatever there is. Must not know: how a row is said, or who may end it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Q

from dunwell.core.scope import Scope
from dunwell.store import models

NOUNS = (
    "no-contact", "disputes", "promises", "plans", "holds", "suspensions", "credit-holds", "terms",
    "agency", "legal", "insolvencies", "write-offs", "tasks", "replies",
)  # fmt: skip
"""Each list of casework, in the order in which a person would want to know."""
_STOPS = {
    "hold": "holds", "commercial_pause": "holds", "hardship": "holds", "moved_out": "holds",
    "closed": "holds",
    "legal_representation": "no-contact",
}  # fmt: skip
_MEASURES = {"suspension": "suspensions", "credit_hold": "credit-holds", "terms": "terms"}
_PLACED = {"agency": "agency", "bureau": "agency", "legal": "legal"}
RUNS = ("proposed", "approved", "sent", "in_force", "lifting")


class Row(NamedTuple):
    """One thing that runs: `what` and `state` are codes, `days` are (word, day) pairs."""

    id: int
    noun: str
    what: str
    state: str
    items: tuple[str, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    days: tuple[tuple[str, dt.date], ...] = ()
    late_on: dt.date | None = None
    by: str = ""
    reason: str = ""


class Agreed(NamedTuple):
    """What a stop on a timeline stands for: its items, and of an agreement what was agreed."""

    items: tuple[str, ...]
    code: str = ""
    currency: str = ""
    amount_minor: int = 0
    by_on: dt.date | None = None


class Casework(NamedTuple):
    """What runs, by noun; and how much of each noun has ended."""

    rows: list[Row]
    ended: dict[str, int]


def of(scope: Scope, customer_id: int, *, as_of: dt.date) -> Casework:
    """Return the casework of one customer; what had its last day before `as_of` has ended."""
    mine = {"organisation_id": scope.organisation_id, "customer_id": customer_id}
    ended: Counter[str] = Counter()
    stops = list(models.Stop.objects.filter(**mine).order_by("-from_on", "-pk"))
    rows = [
        *_agreed(scope, stops, ended, as_of),
        *_measures(mine, ended),
        *_handed(mine, ended),
        *_to_do(mine, ended),
    ]
    rows.sort(key=lambda r: NOUNS.index(r.noun))
    return Casework(rows, dict(ended))


def _agreed(
    scope: Scope, stops: Sequence[models.Stop], ended: Counter[str], as_of: dt.date
) -> list[Row]:
    """Return disputes, promises, plans and holds: each stands beside the stop it is."""
    of_stop = {"organisation_id": scope.organisation_id, "stop__in": [s.pk for s in stops]}
    said: dict[int, models.Dispute | models.Promise | models.Plan] = {}
    for model in (models.Dispute, models.Promise, models.Plan):
        said |= {x.stop_id: x for x in model.objects.filter(**of_stop)}
    items: dict[int, list[str]] = {}
    for stop, number, part in models.StopItem.objects.filter(**of_stop).values_list(
        "stop_id", "item__number", "item__part"
    ):
        items.setdefault(stop, []).append(f"{number}/{part}" if part else number)
    rows = []
    for s in stops:
        one = said.get(s.pk)
        row = _of_agreement(s, one) if one is not None else _of_stop(s, as_of)
        if row is None:
            continue
        if row.state == "ended":
            ended[row.noun] += 1
        else:
            rows.append(row._replace(items=tuple(items.get(s.pk, ()))))
    return rows


def agreed(scope: Scope, stops: Collection[int]) -> dict[int, Agreed]:
    """Return what some stops stand for: a few queries whatever there are."""
    of_stop = {"organisation_id": scope.organisation_id, "stop__in": sorted(stops)}
    items: dict[int, list[str]] = {}
    for stop, number, part in models.StopItem.objects.filter(**of_stop).values_list(
        "stop_id", "item__number", "item__part"
    ):
        items.setdefault(stop, []).append(f"{number}/{part}" if part else number)
    found = {pk: Agreed(tuple(sorted(items.get(pk, ())))) for pk in stops}
    for d in models.Dispute.objects.filter(**of_stop):
        found[d.stop_id] = found[d.stop_id]._replace(code=d.code)
    for p in models.Promise.objects.filter(**of_stop):
        found[p.stop_id] = found[p.stop_id]._replace(
            currency=p.currency, amount_minor=p.amount_minor, by_on=p.by_on
        )
    for made in models.Plan.objects.filter(**of_stop):
        found[made.stop_id] = found[made.stop_id]._replace(
            currency=made.currency, amount_minor=made.principal_minor
        )
    return found


def _of_agreement(s: models.Stop, one: models.Dispute | models.Promise | models.Plan) -> Row:
    if isinstance(one, models.Dispute):
        state = "ended" if s.ended_on else one.outcome or "open"
        due = one.due_on if not one.outcome else None
        days = (("since", s.from_on), ("answer by", one.due_on))
        return Row(s.pk, "disputes", one.code, state, days=days, late_on=due, by=one.owner or s.by)
    if isinstance(one, models.Promise):
        state = one.state if one.state in ("open", "asked") else "ended"
        return Row(
            s.pk, "promises", "promise", state, amounts=((one.currency, one.amount_minor),),
            days=(("made", one.made_on), ("by", one.by_on)), late_on=one.last_on, by=s.by,
        )  # fmt: skip
    state = one.state if one.state in ("asked", "running") else "ended"
    return Row(
        s.pk, "plans", "plan", state, amounts=((one.currency, one.principal_minor),),
        days=(("made", one.made_on),), by=s.by,
    )  # fmt: skip


def _of_stop(s: models.Stop, as_of: dt.date) -> Row | None:
    noun = _STOPS.get(s.kind) or ("no-contact" if s.kind.startswith("ceased") else "")
    if not noun:
        return None
    days = (("from", s.from_on), *((("until", s.until_on),) if s.until_on else ()))
    is_asked = s.state == "asked"  # it covers no day yet, so it is written as ended too
    is_over = s.ended_on is not None or (s.until_on is not None and s.until_on < as_of)
    state = "ended" if is_over and not is_asked else s.state
    return Row(s.pk, noun, s.kind, state, days=days, by=s.by, reason=s.reason)


def _measures(mine: dict[str, int], ended: Counter[str]) -> list[Row]:
    rows = []
    for m in models.Measure.objects.filter(**mine).order_by("-pk"):
        if m.state not in RUNS:
            ended[_MEASURES[m.kind]] += 1
            continue
        on = (("proposed", m.proposed_on), ("in force", m.in_force_on), ("until", m.until_on))
        rows.append(
            Row(
                m.pk, _MEASURES[m.kind], m.kind, m.state,
                amounts=tuple((c, n) for c, n in m.amounts),
                days=tuple((w, d) for w, d in on if d), by=m.proposed_by, reason=m.reason,
            )
        )  # fmt: skip
    return rows


def _handed(mine: dict[str, int], ended: Counter[str]) -> list[Row]:
    rows = []
    for p in models.Placement.objects.filter(**mine).order_by("-pk"):
        noun = _PLACED[p.kind]
        if p.state != "placed":
            ended[noun] += 1
            continue
        rows.append(
            Row(
                p.pk, noun, p.kind, p.state, amounts=tuple((c, n) for c, n in p.amounts),
                days=(("placed", p.placed_on),), by=p.partner,
            )
        )  # fmt: skip
    for i in models.Insolvency.objects.filter(**mine).order_by("-pk"):
        if i.closed_on:
            ended["insolvencies"] += 1
            continue
        on = (("filed", i.filed_on), ("claim by", i.claim_due_on), ("claimed", i.claimed_on))
        rows.append(
            Row(
                i.pk, "insolvencies", i.kind, "open", days=tuple((w, d) for w, d in on if d),
                late_on=None if i.claimed_on else i.claim_due_on,
            )
        )  # fmt: skip
    for w in models.WriteOff.objects.filter(**mine).order_by("-pk"):
        if w.state not in ("asked", "written_off"):
            ended["write-offs"] += 1
            continue
        rows.append(
            Row(
                w.pk, "write-offs", "write_off", w.state,
                amounts=tuple((c, n) for c, n in w.amounts), days=(("on", w.on),),
                by=w.proposed_by, reason=w.reason,
            )
        )  # fmt: skip
    return rows


def _to_do(mine: dict[str, int], ended: Counter[str]) -> list[Row]:
    rows = [
        Row(
            t.pk, "tasks", t.kind, t.state, days=(("due", t.due_on),), late_on=t.due_on,
            by=t.owner, reason=t.note,
        )
        for t in models.Task.objects.filter(**mine, state="open").order_by("due_on", "pk")
    ]  # fmt: skip
    rows += [
        Row(r.pk, "replies", r.kind, r.state, days=(("came", r.received_at.date()),))
        for r in models.Reply.objects.filter(**mine, state="unread").order_by("-pk")
    ]
    done: dict[str, Any] = models.Task.objects.filter(**mine).aggregate(
        n=Count("pk", filter=~Q(state="open"))
    )
    read = models.Reply.objects.filter(**mine).exclude(state="unread").count()
    ended["tasks"], ended["replies"] = done["n"], read
    return rows


def orders(scope: Scope, customer_id: int) -> list[dict[str, Any]]:
    """Return the open orders of a customer: what a credit hold has as leverage."""
    mine = models.Order.objects.filter(
        organisation_id=scope.organisation_id, customer_id=customer_id
    ).exclude(status__in=_DONE)
    fields = ("number", "ordered_on", "currency", "amount_minor", "status")
    return [dict(row) for row in mine.order_by("ordered_on", "number").values(*fields)]


_DONE = ("closed", "cancelled", "delivered", "invoiced")
