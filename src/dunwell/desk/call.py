"""Calls: note one, with what it counts as, and what is to follow (SEMANTICS 6.6, 7 Call).

Read top-down: `open_call` writes the call, confirms the planned one it answers, and opens what
follows: a promise, a dispute, a follow-up, the repair of a number. Must not know: what is to be
called about, and when (`call_queue`).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

from dunwell.core import book
from dunwell.core import calls as rules
from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import agreeing, by_hand, dispute, hold, named, numbers, promise
from dunwell.store import facts, models, personal, tx
from dunwell.store.records import calls, cases, mistaken, outbox, routes, tasks, watch

PART = 1000
"""How many items one query asks about."""


class Said(NamedTuple):
    """What a person says of a call. `at_time` is on the entity's clock; None: the time it is.

    `contact` is the role of the person, or "" for the one planned; `action` the key of the
    planned call it answers, None for every one that waits; `items` are those a promise, a
    dispute or a step is about. A dispute names what it is about by its code, "" for other.
    """

    outcome: str
    on: dt.date
    at_time: dt.time | None = None
    contact: str = ""
    is_mobile: bool = False
    action: str | None = None
    minutes: int = 0
    note: str = ""
    follow_up_on: dt.date | None = None
    promise_by: dt.date | None = None
    promise_amount: Decimal | None = None
    dispute_code: str = ""
    dispute_amount: Decimal | None = None
    items: tuple[str, ...] = ()
    step: str = ""
    entity: str | None = None


def open_call(
    scope: Scope, customer: str, said: Said, *, today: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Note a call and what follows from it; return its id, and whether it is a call made.

    Raises: Refused for what cannot be: a call of tomorrow, a promise without its day, nobody
    who can be called under what is said, a planned call that does not wait.
    """
    _check(said, today)
    with tx.transaction_of(scope):
        case = by_hand.case_of(scope, customer, entity=said.entity)
        planned = _planned(scope, case, said)
        step = None
        if said.step:
            if any(a.takes_step for a in planned):
                raise Refused("step_waits", "this call takes the planned step: leave --step out")
            step = by_hand.step_of(scope, case, said.step, said.items, on=said.on)
        contact, channel = _whom(scope, case, said, planned)
        if said.outcome == "wrong_number" and contact is None:
            raise Refused("unknown_number", f"no {channel} number of {customer} can be wrong")
        row = models.Call(
            organisation_id=scope.organisation_id,
            entity=case.entity,
            customer=case.customer,
            contact=contact,
            action=planned[0] if planned else None,
            channel=channel,
            at=_instant(case.entity, said, now),
            on=said.on,
            outcome=said.outcome,
            by=scope.actor,
            minutes=said.minutes,
            follow_up_on=said.follow_up_on,
        )
        is_made = calls.record(scope, row, note=said.note, at=now)
        _count(scope, row, planned, step, is_made=is_made, now=now)
        done = {"id": row.pk, "outcome": said.outcome, "made": is_made}
        done["confirmed"] = [a.key for a in planned] if is_made else []
        followed = _follow(scope, case, row, said, planned, now=now)
        row.led_to |= followed
        row.save(update_fields=["led_to"])
        done |= followed
        watch.wake(scope, [case.customer.pk])
    return done


def _check(said: Said, today: dt.date) -> None:
    if said.on > today:
        raise Refused("date_ahead", f"a call of {said.on} cannot be noted on {today}")
    if said.on < today and said.at_time is None and said.outcome in rules.LEFT_WORD:
        raise Refused("time_missing", "say at what time word was left: --at-time HH:MM")
    if said.minutes < 0:
        raise Refused("bad_minutes", f"--minutes {said.minutes} is less than nothing")
    if said.follow_up_on is not None and said.follow_up_on < said.on:
        raise Refused("date_passed", f"--follow-up {said.follow_up_on} lies before the call")
    if (said.promise_by is None) == (said.outcome == "promise"):
        raise Refused("promise_day", "--outcome promise and --promise-by D go together")
    if said.promise_amount is not None and said.promise_by is None:
        raise Refused("promise_day", "--promise-amount needs the day: --promise-by D")
    if said.outcome != "dispute" and (said.dispute_code or said.dispute_amount is not None):
        raise Refused("not_disputed", "say what is disputed with --outcome dispute only")


def _planned(scope: Scope, case: by_hand.Case, said: Said) -> list[models.Action]:
    """Return the planned calls this one answers: the one named, else all that wait.

    One conversation is about the whole case. What was planned after it is another call.
    """
    waiting = calls.waiting(
        scope, entity_id=case.entity.pk, customers=[case.customer.pk], planned_by=said.on
    )
    if said.action is None:
        return waiting
    named_one = [a for a in waiting if a.key == said.action]
    if not named_one:
        raise Refused("unknown_call", f"no planned call {said.action!r}; see `dunwell call list`")
    return named_one


def _whom(
    scope: Scope, case: by_hand.Case, said: Said, planned: list[models.Action]
) -> tuple[models.Contact | None, str]:
    """Return who was called, and whether under a phone or a mobile number."""
    mine = models.Contact.objects.filter(
        organisation_id=scope.organisation_id, customer=case.customer
    )
    channel = "mobile" if said.is_mobile else "phone"
    if said.contact and not mine.filter(role=said.contact).exists():
        roles = ", ".join(sorted(set(mine.values_list("role", flat=True)))) or "none"
        raise Refused("unknown_contact", f"no contact {said.contact!r} there; there are: {roles}")
    found = numbers.in_order(
        numbers.of(scope, [case.customer.pk]).get(case.customer.pk, []),
        role=said.contact or (planned[0].to_role if planned else ""),
        contact_id=None if said.contact or not planned else planned[0].contact_id,
        order=("ap",),
    )
    fits = [n for n in found if not said.contact or n.role == said.contact]
    fits = [n for n in fits if n.channel == "mobile" or not said.is_mobile]
    if fits:
        return mine.get(pk=fits[0].contact_id), fits[0].channel
    contact = mine.filter(role=said.contact).order_by("number").first() if said.contact else None
    return contact, channel


def _instant(entity: models.Entity, said: Said, now: dt.datetime) -> dt.datetime:
    zone = zoneinfo.ZoneInfo(entity.time_zone)
    local = now.astimezone(zone)
    if said.at_time is None and local.date() == said.on:
        return now
    return dt.datetime.combine(said.on, said.at_time or dt.time(12), tzinfo=zone)


def _count(
    scope: Scope,
    row: models.Call,
    planned: list[models.Action],
    step: by_hand.Step | None,
    *,
    is_made: bool,
    now: dt.datetime,
) -> None:
    """Let the call be what it is: the planned step, a contact, the answer to its tasks."""
    row.led_to["newest"] = mistaken.newest(scope, row.customer_id)
    if step is not None:
        by_hand.take(scope, step, on=row.on)
        row.led_to |= {"items": step.items, "step": step.step.id}
    if row.outcome in rules.REACHED:
        act = cases.unpack(bytes(planned[0].decision.body)) if planned else None
        planned_tone = act.tone if isinstance(act, Act) else "friendly"
        row.led_to["outreach"] = calls.record_contact(
            scope, entity_id=row.entity_id, customer_id=row.customer_id, on=row.on,
            tone=step.step.tone if step else planned_tone, channel=calls.CHANNEL,
            step=step.step.id if step else planned[0].step if planned else "",
            action=planned[0] if planned else None,
        )  # fmt: skip
    if is_made:
        calls.confirm(scope, planned, row, at=now)
        still = calls.waiting(scope, entity_id=row.entity_id, customers=[row.customer_id])
        spared = [calls.cause(a) for a in still]
        row.led_to["confirmed"] = [a.pk for a in planned]
        row.led_to["tasks_ended"] = calls.end_tasks(scope, row, spared=spared, at=now)


def _follow(
    scope: Scope,
    case: by_hand.Case,
    row: models.Call,
    said: Said,
    planned: list[models.Action],
    *,
    now: dt.datetime,
) -> dict[str, Any]:
    """Open what follows: a promise, a dispute, a reminder, the repair of a number."""
    done: dict[str, Any] = {}
    wanted: list[tasks.Wanted] = []
    if said.promise_by is not None:
        done["promise"] = _promise(scope, case, said, now=now)
        row.stop_id = done["promise"]
        row.save(update_fields=["stop"])
    if said.follow_up_on is not None:
        wanted.append(
            tasks.Wanted(
                "follow_up", f"follow_up:call:{row.pk}", row.entity_id, row.customer_id,
                note=f"Follow up the call of {row.on}.", due_on=said.follow_up_on,
                owner=scope.actor,
            )
        )  # fmt: skip
    labels = _disputed(scope, case, said, planned) if said.outcome == "dispute" else []
    if labels:
        done["dispute"] = _dispute(scope, case, said, labels, now=now)
    elif said.outcome == "dispute":
        wanted.append(
            tasks.Wanted(
                "follow_up", f"dispute:call:{row.pk}", row.entity_id, row.customer_id,
                note=f"Open the dispute told on the phone on {row.on}.", owner=scope.actor,
            )
        )  # fmt: skip
    if said.outcome == "wrong_number" and row.contact is not None:
        calls.break_route(
            scope, row.contact, row.channel, entity_id=row.entity_id, on=row.on, at=now
        )
    made = tasks.open_all(scope, wanted, on=row.on, at=now)
    if made:
        done["tasks"] = [t.pk for t in made]
    return done


def close_call(scope: Scope, number: int, *, on: dt.date, now: dt.datetime) -> dict[str, Any]:
    """Take back a call that was logged in error, with what followed from it; return what stands.

    It is no try and no contact any more, and what it answered waits again. A promise or a dispute
    it opened ends with it where nothing was decided about it.

    Raises: Refused for an unknown call, one taken back before, or one that another counts on.
    """
    with tx.transaction_of(scope):
        rows = models.Call.objects.filter(organisation_id=scope.organisation_id, pk=number)
        row = rows.select_related("customer", "contact").first()
        if row is None:
            raise Refused("unknown_call", f"no call {number}; see `dunwell call list CUSTOMER`")
        if row.withdrawn_on is not None:
            raise Refused("over_already", f"call {number} was taken back already")
        _counts_alone(scope, row)
        _end_agreed(scope, row, on=on, now=now)
        if row.outcome == "wrong_number" and row.contact is not None:
            _mend(scope, row, on=on, now=now)
        mistaken.withdraw_call(scope, row, on=on, at=now)
    return {"id": row.pk, "customer": row.customer.reference, "state": "withdrawn"}


def _counts_alone(scope: Scope, row: models.Call) -> None:
    """Refuse where a later try made a call together with this one (SEMANTICS 6.6)."""
    if row.outcome not in rules.LEFT_WORD:
        return
    later = models.Call.objects.filter(
        organisation_id=scope.organisation_id, entity_id=row.entity_id,
        customer_id=row.customer_id, outcome__in=rules.LEFT_WORD, at__gt=row.at,
        withdrawn_on__isnull=True,
    ).order_by("-at", "-pk")  # fmt: skip
    for other in later:
        if other.led_to.get("made"):
            raise Refused(
                "counted_together",
                f"call {other.pk} of {other.on} counts as a call made together with this one: "
                "take that one back first",
            )


def _end_agreed(scope: Scope, row: models.Call, *, on: dt.date, now: dt.datetime) -> None:
    """End the promise or the dispute it opened, unless it is over or decided by now."""
    made, disputed = row.led_to.get("promise"), row.led_to.get("dispute")
    states = models.Promise.objects.filter(
        organisation_id=scope.organisation_id, stop_id=made or 0
    ).values_list("state", flat=True)
    if made and set(states) & {"open", "asked"}:
        promise.close_promise(scope, made, on=on, now=now)
    if disputed and dispute.is_undecided(scope, disputed):
        dispute.withdraw(scope, disputed, on=on, now=now)


def _mend(scope: Scope, row: models.Call, *, on: dt.date, now: dt.datetime) -> None:
    """Let the number be used again that this call said was wrong."""
    for route in models.Route.objects.filter(
        organisation_id=scope.organisation_id, contact=row.contact, channel=row.channel,
        invalid_on=row.on, invalid_reason="wrong number",
    ).select_related("contact"):  # fmt: skip
        routes.restore(scope, route, why=mistaken.WHY, on=on, at=now)


def _promise(scope: Scope, case: by_hand.Case, said: Said, *, now: dt.datetime) -> int:
    assert said.promise_by is not None
    who, entity, amount_minor = case.customer.reference, case.entity.code, None
    if said.promise_amount is not None:
        amount_minor = agreeing.minor_of(
            scope, who, said.items, said.promise_amount, on=said.on, entity=entity
        )
    return promise.open_promise(
        scope, who, items=list(said.items), amount_minor=amount_minor, until=said.promise_by,
        on=said.on, now=now, origin="call", note=said.note, entity=entity,
    )  # fmt: skip


def _disputed(
    scope: Scope, case: by_hand.Case, said: Said, planned: list[models.Action]
) -> list[str]:
    """Return what is disputed: the items named, else the overdue ones the call was about.

    Nobody planned it: all that is overdue. What is in dispute already, or has left the ladder,
    is meant only where it is named.
    """
    if said.items:
        return list(said.items)
    rows = models.Item.objects.filter(
        organisation_id=scope.organisation_id, entity=case.entity, customer=case.customer,
        kind__in=sorted(book.DEBITS), open_minor__gt=0, due_on__lt=said.on,
    ).order_by("due_on", "number", "part")  # fmt: skip
    in_dispute = models.StopItem.objects.filter(
        organisation_id=scope.organisation_id, stop__customer=case.customer,
        stop__kind="dispute", stop__state="open",
    )  # fmt: skip
    left_out = agreeing.kept_out(scope, [case.customer.pk])
    left_out |= set(in_dispute.values_list("item_id", flat=True))
    found = [r for r in rows if r.pk not in left_out]
    about = {i for a in planned for i in _about(a)}
    found = [r for r in found if r.pk in about] or found
    return [f"{r.number}/{r.part}" if r.part else r.number for r in found]


def _dispute(
    scope: Scope, case: by_hand.Case, said: Said, labels: list[str], *, now: dt.datetime
) -> int:
    who, entity, amount_minor = case.customer.reference, case.entity.code, None
    if said.dispute_amount is not None:
        amount_minor = hold.amount_of(scope, who, labels, said.dispute_amount, entity=entity)
    return dispute.open_dispute(
        scope, who, items=labels, amount_minor=amount_minor, code=said.dispute_code or "other",
        on=said.on, now=now, note=said.note, entity=entity,
    )  # fmt: skip


def cancel_paid(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Take back planned calls about items of which nothing is open any more (SEMANTICS 12)."""
    with tx.reading(scope):
        whose = None
        if customers is not None:
            payer_of = facts.families(scope).payer_of
            whose = {payer_of.get(c, c) for c in customers}
        waiting = calls.waiting(scope, customers=whose)
        about = {a.pk: _about(a) for a in waiting}
        live: set[int] = set()
        items = sorted({i for ids in about.values() for i in ids})
        for start in range(0, len(items), PART):
            live |= set(
                models.Item.objects.filter(
                    organisation_id=scope.organisation_id,
                    pk__in=items[start : start + PART],
                    open_minor__gt=0,
                ).values_list("pk", flat=True)
            )
    for action in [a for a in waiting if not live.intersection(about[a.pk])]:
        with tx.transaction_of(scope):
            outbox.record_cancelled(scope, action, why="nothing is open any more", now=now)
            tasks.end(scope, [calls.cause(action)], outcome="cancelled", on=as_of, at=now)


def _about(action: models.Action) -> set[int]:
    """Return the items a planned call is about: those that take its step, else all demanded."""
    act = cases.unpack(bytes(action.decision.body))
    assert isinstance(act, Act), "only an act plans a call"
    mine = next((a.takes_steps for a in act.actions if a.key == action.key), ())
    return {i for i, step in act.takes if step in mine} or {i for i, _ in act.lines}


def history(
    scope: Scope, *, customer: str | None, number: int | None = None
) -> list[dict[str, Any]]:
    """List the calls noted, newest first: all, one customer's, or the one of a number."""
    with tx.reading(scope):
        rows = models.Call.objects.filter(organisation_id=scope.organisation_id)
        if customer is not None:
            rows = rows.filter(customer=named.customer(scope, customer))
        if number is not None:
            rows = rows.filter(pk=number)
        found = list(
            rows.select_related("entity", "customer", "contact", "action").order_by("-at", "-pk")
        )
        notes = personal.read(scope, "call", [r.pk for r in found], fields=["note"])
        names = personal.read(
            scope, "contact", {r.contact_id for r in found if r.contact_id}, fields=["name"]
        )
        return [
            {
                "id": r.pk,
                "customer": r.customer.reference,
                "entity": r.entity.code,
                "on": r.on,
                "at": r.at.astimezone(zoneinfo.ZoneInfo(r.entity.time_zone)).strftime("%H:%M"),
                "outcome": r.outcome,
                "contact": r.contact.role if r.contact else "",
                "name": names.get((r.contact_id or 0, "name"), ""),
                "channel": r.channel,
                "minutes": r.minutes,
                "note": notes.get((r.pk, "note"), ""),
                "by": r.by,
                "action": r.action.key if r.action else None,
                "follow_up_on": r.follow_up_on,
                "withdrawn_on": r.withdrawn_on,
                "withdrawn_by": r.withdrawn_by,
            }
            for r in found
        ]
