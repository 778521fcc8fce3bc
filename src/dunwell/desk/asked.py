"""What waits for an answer, told whole; and an answer taken back while nothing has come of it.

Read top-down: `waiting` is the list, `one` a question with its items and its mark, `about` what
it is about: the measure, plan or debt. The answer itself is `desk.approve`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from dunwell.core import money
from dunwell.core.decision import Act, Ask, Asked
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery import webhook
from dunwell.desk import (
    approve,
    checklist,
    hold,
    hooks,
    look,
    measure,
    placement,
    plan,
    promise,
    terms,
    today,
    write_off,
)
from dunwell.store import journal, models, tx
from dunwell.store.lists import changes
from dunwell.store.records import watch


class Waiting(NamedTuple):
    """One question as it stands on the list; `is_mine` says whether whoever looks may answer."""

    key: str
    what: str
    step: str
    role: str
    customer: str
    name: str
    entity: str
    amounts: tuple[tuple[str, int], ...]
    asked_on: dt.date
    proposed_by: str
    is_mine: bool


class Item(NamedTuple):
    """One item a question is about, and what of it is open."""

    label: str
    currency: str
    due_on: dt.date
    open_minor: int


class Question(NamedTuple):
    """One question whole: its items, how it was answered if it was, and its mark.

    The mark moves with whatever changes: the question, its answer, the customer's money and stops.
    """

    of: Waiting
    items: list[Item]
    state: str
    decided_on: dt.date | None
    decided_by: str
    reason: str
    until_on: dt.date | None
    mark: str


def waiting(
    scope: Scope, *, who: str, roles: Collection[str], customer_id: int | None = None
) -> list[Waiting]:
    """Return what is asked: what whoever looks may answer first, then by what, name and key.

    A question whose items are all paid asks nothing any more. `customer_id` asks for one's alone.
    """
    with tx.reading(scope):
        asked = models.Approval.objects.filter(organisation_id=scope.organisation_id, state="asked")
        if customer_id is not None:
            entities = models.Entity.objects.filter(organisation_id=scope.organisation_id)
            asked = asked.filter(customer_id=customer_id, entity__in=list(entities))
        rows = list(asked.select_related("customer", "entity").order_by("asked_on", "pk"))
        open_items = today.open_of(scope, {i for a in rows for i in a.items})
        rows = [a for a in rows if not a.items or open_items.intersection(a.items)]
        names = today.names(scope, {a.customer.reference for a in rows})
    found = [_waiting(a, names, who, roles) for a in rows]
    return sorted(found, key=lambda w: (not w.is_mine, w.what, w.step, w.name.casefold(), w.key))


def mine(scope: Scope, *, who: str, roles: Collection[str], most: int) -> int:
    """Count what waits for an answer of somebody; beyond `most` it is only known to be more."""
    with tx.reading(scope):
        rows = models.Approval.objects.filter(
            organisation_id=scope.organisation_id, state="asked", role__in=list(roles)
        )
        if rows[: most + 1].count() > most:
            return most + 1
    return sum(w.is_mine for w in waiting(scope, who=who, roles=roles))


def one(scope: Scope, key: str, *, who: str, roles: Collection[str], as_of: dt.date) -> Question:
    """Return a question by its key, with the figures of the day where it would be asked again.

    Raises: Refused where nothing was ever asked under it.
    """
    with tx.reading(scope):
        row = _newest(scope, key)
        now = _now(scope, row, as_of=as_of)
        if now is not None:
            row.items, row.amounts = list(now.items), [list(pair) for pair in now.amounts]
        names = today.names(scope, {row.customer.reference})
        items = [
            Item(f"{i.number}/{i.part}" if i.part else i.number, i.currency, i.due_on, i.open_minor)
            for i in models.Item.objects.filter(
                organisation_id=scope.organisation_id, pk__in=row.items
            ).order_by("due_on", "pk")
        ]
        said = repr((row.pk, row.state, row.items, row.amounts, row.takes))
        mark = changes.mark(scope, row.customer_id)
    return Question(
        _waiting(row, names, who, roles), items, row.state, row.decided_on, row.decided_by,
        row.reason, row.until_on,
        hashlib.blake2b(f"{said} {mark}".encode(), digest_size=8).hexdigest(),
    )  # fmt: skip


def approve_seen(scope: Scope, key: str, *, as_of: dt.date, now: dt.datetime) -> str:
    """Approve what was asked, by somebody who saw the figures that stand recorded.

    What only fell is approved as it is today. What rose is asked again with the day's figures:
    nobody says yes to more than they saw (SEMANTICS 6.2). Returns what it was.

    Raises: Refused as `approve.approve` does, and where an amount rose or an item was added.
    """
    with tx.reading(scope):
        row = approve.may(scope, key)
        found = _now(scope, row, as_of=as_of)
    rose = "" if found is None else _rise(row, found)
    restate(scope, key, as_of=as_of, now=now)
    if rose:
        raise Refused("amount_rose", f"{rose}; it is asked again so: approve it once more")
    return approve.approve(scope, key, as_of=as_of, now=now)


def _rise(row: models.Approval, found: Asked) -> str:
    """Say by how much a question rose since it was asked, or ""."""
    was = dict(row.amounts)
    more = [(c, m) for c, m in found.amounts if m > was.get(c, 0)]
    if more:
        said = " + ".join(money.text(m, c) for c, m in more)
        before = " + ".join(money.text(was.get(c, 0), c) for c, _ in more)
        return f"it is about {said} now, not {before}"
    return "an item was added" if row.items and set(found.items) - set(row.items) else ""


def restate(scope: Scope, key: str, *, as_of: dt.date, now: dt.datetime) -> None:
    """Bring a question's figures up to the day, for a yes covers no more than them (6.3).

    Whoever answers has seen those of the day: the message, the measure, the items.
    """
    with tx.transaction_of(scope):
        row = _newest(scope, key)
        found = _now(scope, row, as_of=as_of)
        if found is None:
            return
        figures = (
            list(found.items),
            [list(pair) for pair in found.amounts],
            [item for item, step in found.takes if step == found.step],
        )
        if figures == (row.items, row.amounts, row.takes):
            return
        row.items, row.amounts, row.takes = figures
        row.save(update_fields=["items", "amounts", "takes"])
        refs = {"approval": row.pk, "key": key, "what": row.what, "role": row.role, "on": as_of}
        journal.append(scope, "asked", refs=refs, at=now)


def _now(scope: Scope, row: models.Approval, *, as_of: dt.date) -> Asked | None:
    """Return what a look would ask today under the same key; None where it would ask nothing."""
    if row.state != "asked":
        return None
    found = look.propose(scope, as_of=as_of, customers=[row.customer_id])
    asks = (a for x in found.lines if isinstance(x.made, Act | Ask) for a in x.made.asks)
    return next((a for a in asks if a.actions[0].key == row.key), None)


def _waiting(
    a: models.Approval, names: dict[str, str], who: str, roles: Collection[str]
) -> Waiting:
    is_mine = a.role in roles and (not a.proposed_by or a.proposed_by != who)
    return Waiting(
        a.key, a.what, a.step, a.role, a.customer.reference,
        names.get(a.customer.reference, "") or a.customer.reference, a.entity.code,
        tuple((c, m) for c, m in a.amounts), a.asked_on, a.proposed_by, is_mine,
    )  # fmt: skip


def _newest(scope: Scope, key: str) -> models.Approval:
    row = (
        models.Approval.objects.filter(organisation_id=scope.organisation_id, key=key)
        .select_related("customer", "entity")
        .order_by("-pk")
        .first()
    )
    if row is None:
        raise Refused("nothing_asked", f"nothing waits under key {key!r}")
    return row


# --- what a question is about -----------------------------------------------------------------


def about(scope: Scope, asked: Question, *, as_of: dt.date) -> dict[str, Any]:
    """Return what a question is about, as its own room tells it; {} for a notice.

    `row` is the measure, plan, promise or write-off; `hooks` who is told of a measure;
    `checklist` and `worth` what a placement rests on; `lacks` why it cannot be told today.
    """
    told = _ABOUT.get(asked.of.what)
    return {} if told is None else told(scope, asked.of, as_of)


def _measure(scope: Scope, of: Waiting, as_of: dt.date) -> dict[str, Any]:
    rows = measure.listed(scope, of.what, customer=of.customer)
    event = f"{of.what}.requested"
    return {"row": _mine(rows, "key", of), "hooks": listening(scope, event), "event": event}


def _terms(scope: Scope, of: Waiting, as_of: dt.date) -> dict[str, Any]:
    rows = terms.listed(scope, customer=of.customer)
    event = "terms.changed"
    return {"row": _mine(rows, "key", of), "hooks": listening(scope, event), "event": event}


def listening(scope: Scope, event: str) -> list[dict[str, Any]]:
    """Return the systems that will be told of an event."""
    return [
        h for h in hooks.listed(scope)
        if h["state"] == "active" and webhook.listens(h["events"], event)
    ]  # fmt: skip


def _plan(scope: Scope, of: Waiting, as_of: dt.date) -> dict[str, Any]:
    return {"row": _mine(plan.listed(scope, customer=of.customer, as_of=as_of), "approval", of)}


def _promise(scope: Scope, of: Waiting, as_of: dt.date) -> dict[str, Any]:
    return {"row": _mine(promise.listed(scope, customer=of.customer, as_of=as_of), "approval", of)}


def _write_off(scope: Scope, of: Waiting, as_of: dt.date) -> dict[str, Any]:
    return {"row": _mine(write_off.listed(scope, customer=of.customer), "approval", of)}


def _handing(kind: str) -> Callable[[Scope, Waiting, dt.date], dict[str, Any]]:
    def told(scope: Scope, of: Waiting, as_of: dt.date) -> dict[str, Any]:
        try:
            worth = placement.weigh(
                scope, of.customer, entity=of.entity, kind=kind, as_of=as_of
            )  # fmt: skip
            found: dict[str, Any] = {"worth": worth}
            if kind == "agency":
                found["checklist"] = checklist.show(
                    scope, of.customer, entity=of.entity, as_of=as_of
                )
        except Refused as error:
            return {"lacks": str(error)}
        return found

    return told


def _mine(rows: list[dict[str, Any]], name: str, of: Waiting) -> dict[str, Any] | None:
    return next((r for r in rows if r[name] == of.key), None)


_ABOUT: dict[str, Callable[[Scope, Waiting, dt.date], dict[str, Any]]] = {
    "suspension": _measure,
    "credit_hold": _measure,
    "terms": _terms,
    "plan": _plan,
    "promise": _promise,
    "write_off": _write_off,
    "placement": _handing("agency"),
    "legal_referral": _handing("legal"),
    "bureau_report": _handing("bureau"),
}


# --- an answer taken back ---------------------------------------------------------------------


def can_take_back(what: str, state: str) -> bool:
    """Tell whether an answer of a kind can be taken back by a record of its own."""
    return what == "notice" or (state == "granted" and what in _TAKEN_BACK)


def take_back(scope: Scope, key: str, *, on: dt.date, now: dt.datetime) -> None:
    """Take back an answer one gave: a notice is asked again, what began is ended.

    Raises: Refused for somebody else's answer, or where something has come of it already.
    """
    with tx.transaction_of(scope):
        row = _newest(scope, key)
        if row.decided_by != scope.actor or not can_take_back(row.what, row.state):
            raise Refused("not_yours", f"{row.what} was answered by {row.decided_by or 'nobody'}")
        if row.what == "notice":
            _ask_again(scope, row, on=on, now=now)
        else:
            _TAKEN_BACK[row.what](scope, row, on, now)
        refs = {"approval": row.pk, "key": key, "what": row.what, "on": on}
        journal.append(scope, "answer_taken_back", refs=refs, at=now)
        watch.wake(scope, [row.customer_id])


def _ask_again(scope: Scope, row: models.Approval, *, on: dt.date, now: dt.datetime) -> None:
    """Put the same question anew; the answer that was given stays, as withdrawn."""
    used = models.Action.objects.filter(organisation_id=scope.organisation_id, key=row.key).exclude(
        state="cancelled"
    )
    if row.state == "granted" and used.exists():
        raise Refused("too_late", "the message is on its way already")
    if row.state == "refused":
        _end_hold(scope, row, on=on, now=now)
    row.state = "withdrawn"
    row.save(update_fields=["state"])
    models.Approval.objects.create(
        organisation_id=scope.organisation_id, entity_id=row.entity_id,
        customer_id=row.customer_id, what=row.what, step=row.step, key=row.key, role=row.role,
        items=row.items, amounts=row.amounts, takes=row.takes, asked_on=row.asked_on,
        proposed_by=row.proposed_by,
    )  # fmt: skip


def _end_hold(scope: Scope, row: models.Approval, *, on: dt.date, now: dt.datetime) -> None:
    """Release the hold that the refusal of a notice set."""
    assert row.decided_on is not None, "a refusal has its day"
    stop = models.Stop.objects.filter(
        organisation_id=scope.organisation_id, customer_id=row.customer_id,
        entity_id=row.entity_id, kind="hold", from_on=row.decided_on, by=row.decided_by,
        reason=f"refused {row.what}: {row.reason}"[:200], ended_on__isnull=True,
    ).order_by("-pk").first()  # fmt: skip
    if stop is not None:
        hold.close_hold(scope, stop.pk, on=on, now=now)


def _lift(scope: Scope, row: models.Approval, on: dt.date, now: dt.datetime) -> None:
    found = models.Measure.objects.filter(
        organisation_id=scope.organisation_id, approval_key=row.key,
        state__in=("approved", "in_force"),
    ).first()  # fmt: skip
    if found is None:
        raise Refused("too_late", f"the {measure.noun(row.what)} is over already")
    measure.close(scope, row.what, found.pk, reason=_WHY, on=on, now=now)


def _end_terms(scope: Scope, row: models.Approval, on: dt.date, now: dt.datetime) -> None:
    found = models.Measure.objects.filter(
        organisation_id=scope.organisation_id, approval_key=row.key, kind=terms.KIND,
        state__in=("approved", "in_force"),
    ).first()  # fmt: skip
    if found is None or found.told_on is not None:
        raise Refused("too_late", "the terms are over, or the customer was told, already")
    terms.close(scope, found.pk, reason=_WHY, on=on, now=now)


def _end_plan(scope: Scope, row: models.Approval, on: dt.date, now: dt.datetime) -> None:
    found = models.Plan.objects.get(organisation_id=scope.organisation_id, approval_key=row.key)
    plan.close_plan(scope, found.stop_id, on=on, now=now)


def _end_promise(scope: Scope, row: models.Approval, on: dt.date, now: dt.datetime) -> None:
    found = models.Promise.objects.get(organisation_id=scope.organisation_id, approval_key=row.key)
    promise.close_promise(scope, found.stop_id, on=on, now=now)


def _reverse(scope: Scope, row: models.Approval, on: dt.date, now: dt.datetime) -> None:
    found = models.WriteOff.objects.filter(
        organisation_id=scope.organisation_id, approval_key=row.key, state="written_off"
    ).first()
    if found is None:
        raise Refused("too_late", "the write-off is reversed already")
    write_off.close(scope, found.pk, reason=_WHY, as_of=on, now=now)


_WHY = "the approval was taken back"
_TAKEN_BACK: dict[str, Callable[[Scope, models.Approval, dt.date, dt.datetime], None]] = {
    "suspension": _lift,
    "credit_hold": _lift,
    "prepayment": _end_terms,
    "terms": _end_terms,
    "plan": _end_plan,
    "promise": _end_promise,
    "write_off": _reverse,
}
