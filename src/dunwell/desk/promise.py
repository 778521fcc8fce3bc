"""Promises to pay: made, kept, broken, withdrawn (SEMANTICS 7, Promise).

A promise covers the items named, else the oldest overdue, and only its amount. What came of it
is computed from payments (`core.promises`); `judge` keeps that on its row, says it in the
journal and puts a broken one before a person. Read `open_promise`, `close_promise`, `judge`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from dunwell.core import book, promises, workdays
from dunwell.core import policy as documents
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import agreeing
from dunwell.store import agreements, calendars, journal, models, personal, policies, tx
from dunwell.store.records import agreements as records
from dunwell.store.records import questions, tasks

LOOK_BACK_DAYS = 120
"""How long the night still judges a promise that is over; what money touches is always judged."""


def open_promise(
    scope: Scope,
    customer: str,
    *,
    items: Sequence[str] = (),
    amount_minor: int | None = None,
    until: dt.date,
    on: dt.date,
    now: dt.datetime,
    origin: str = "hand",
    note: str = "",
    entity: str | None = None,
    currency: str | None = None,
) -> int:
    """Record what a customer promises to pay by a day; return its number.

    Without an amount all that is open of its items is promised; never more than that. One that
    lies far ahead, or is the third on an item, is put before a role and stops nothing until it
    is approved. `origin` says where it came from: hand, call, reply, portal.

    Raises: Refused for a day in the past or too far ahead, and for what is not open, in another
    currency, or in an open promise or plan already.
    """
    if until < on:
        raise Refused("date_passed", f"a promise by {until} made on {on} lies in the past")
    _settle_before(scope, customer, now)
    with tx.transaction_of(scope):
        found = agreeing.about(scope, customer, items, on=on, entity=entity, currency=currency)
        rules = policies.current(scope, found.entity.policy)[1].settings.promises
        covers = agreeing.covers(found, amount_minor)
        is_asked = _needs_approval(scope, covers, rules, ahead=(until - on).days)
        last_on = _last_on(scope, found, until, rules)
        stop = records.open_stop(
            scope, "promise", customer_id=found.who.pk, entity_id=found.entity.pk,
            covers=covers, from_on=on, until_on=last_on, state="asked" if is_asked else "open",
            at=now,
        )  # fmt: skip
        row = models.Promise.objects.create(
            organisation_id=scope.organisation_id,
            stop=stop,
            made_on=on,
            by_on=until,
            last_on=last_on,
            currency=found.currency,
            amount_minor=sum(c.minor for c in covers),
            covers=records.plain(covers),
            origin=origin,
            in_force_on=None if is_asked else on,
            state=stop.state,
            known_to=agreements.last_payment(scope, found.family),
        )
        if is_asked:
            _ask(scope, row, found, role=rules.approve, now=now)
        if note:
            personal.keep(scope, "promise", {(stop.pk, "note"): note.encode()}, at=now)
        refs = {"stop": stop.pk, "customer": found.who.pk, "by": until, "on": on}
        refs |= {"currency": found.currency, "items": [[c.item, c.minor] for c in covers]}
        journal.append(scope, "promise_opened", refs=refs | {"state": stop.state}, at=now)
    return stop.pk


def _ask(
    scope: Scope, row: models.Promise, found: agreeing.About, *, role: str, now: dt.datetime
) -> None:
    """Put a promise before the role that must approve it."""
    row.approval_key = questions.ask(
        scope, "promise", cause=f"promise:{row.stop_id}", role=role,
        entity_id=found.entity.pk, customer_id=found.who.pk,
        items=[c.item for c in records.covers_of(row.covers)],
        amounts=[(row.currency, row.amount_minor)], on=records.today(found.entity, now), at=now,
        by=None if row.origin in agreeing.BY_OUR_OWN else "",
    )  # fmt: skip
    row.save(update_fields=["approval_key"])


def close_promise(scope: Scope, promise: int, *, on: dt.date, now: dt.datetime) -> None:
    """Take back a promise that is open or waits for its approval: `on` it covers no more.

    Raises: Refused for an unknown promise, one that is over, or a day before it was made.
    """
    with tx.transaction_of(scope):
        row = _rows(scope, stop_id=promise).first()
        if row is None:
            raise Refused("unknown_promise", f"no promise {promise}; see `dunwell promise list`")
        if row.state not in ("open", "asked"):
            raise Refused("over_already", f"promise {promise} is {_said(row.state)} already")
        if on < row.made_on:
            raise Refused("dates_crossed", f"it was made {row.made_on}, after {on}")
        questions.withdraw(scope, row.approval_key)
        _withdraw(scope, row, on, now)


def _withdraw(scope: Scope, row: models.Promise, on: dt.date, now: dt.datetime) -> None:
    row.state, row.withdrawn_on, row.judged_on = "withdrawn", on, on
    row.save()
    records.end_stop(scope, row.stop, on=on, state="withdrawn", at=now)
    journal.append(scope, "promise_withdrawn", refs={"stop": row.stop_id, "on": on}, at=now)


def granted(scope: Scope, approval: models.Approval, on: dt.date, now: dt.datetime) -> None:
    """Let a promise that was approved begin to cover.

    Raises: Refused when its day and its tolerance have passed.
    """
    row = _asked(scope, approval)
    if row.last_on < on:
        raise Refused("date_passed", f"promise {row.stop_id} was due {row.by_on}: withdraw it")
    row.in_force_on, row.state = on, "open"
    row.save()
    row.stop.from_on, row.stop.state = on, "open"
    records.keep_stop(scope, row.stop)


def refused(scope: Scope, approval: models.Approval, on: dt.date, now: dt.datetime) -> None:
    """Let a promise that was refused be over: it never covered anything."""
    row = _asked(scope, approval)
    row.state, row.judged_on = "refused", on
    row.save()
    records.end_stop(scope, row.stop, on=row.stop.from_on, state="refused", at=now)


def judge(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Say what became of promises: a judge of the money that came in, or went back.

    Kept ends it; broken or partly kept puts a call before a person. A payment that was taken
    back breaks what it had kept (SEMANTICS 3.6). One that waits for an approval nobody is asked
    for any more is over: what it was about is paid.
    """
    with tx.transaction_of(scope):
        for row in agreeing.asked_no_more(scope, models.Promise):
            _withdraw(scope, row, max(as_of, row.made_on), now)
    with tx.reading(scope):
        rows = _rows(scope, in_force_on__isnull=False).exclude(state="withdrawn")
        if customers is None:
            since = as_of - dt.timedelta(days=LOOK_BACK_DAYS)
            rows = rows.filter(Q(state="open") | Q(last_on__gte=since))
        else:
            family = agreeing.with_families(scope, customers)
            rows = rows.filter(stop__customer_id__in=sorted(family))
        waiting = list(rows.order_by("pk"))
        money = agreeing.money_of(scope, waiting, as_of=as_of)
    for row in waiting:
        one = money[row.stop_id]
        assert isinstance(one.made, promises.Promise)
        how = promises.state(one.made, one.received, as_of=as_of, data_to=one.data_to)
        if how != row.state:
            with tx.transaction_of(scope):
                _become(scope, row, how, agreements.as_stop(one, as_of=as_of), as_of, now)


def listed(
    scope: Scope, *, customer: str | None, as_of: dt.date, promise: int | None = None
) -> list[dict[str, Any]]:
    """List promises, newest first, with what has come in for each and how it stands."""
    with tx.reading(scope):
        rows = _rows(scope).order_by("-stop_id")
        if customer is not None:
            rows = rows.filter(stop__customer__reference=customer)
        if promise is not None:
            rows = rows.filter(stop_id=promise)
        found = list(rows)
        money = agreeing.money_of(scope, found, as_of=as_of)
        notes = personal.read(scope, "promise", [r.stop_id for r in found], fields=["note"])
        labels = records.labels(scope, {c[0] for r in found for c in r.covers})
        return [
            {
                "id": r.stop_id,
                "customer": r.stop.customer.reference,
                "entity": r.stop.entity.code if r.stop.entity else "",
                "items": [
                    {"number": labels[i], "currency": r.currency, "amount_minor": m}
                    for i, m, _ in r.covers
                ],
                "currency": r.currency,
                "amount_minor": r.amount_minor,
                "paid_minor": _paid(money[r.stop_id], as_of),
                "made_on": r.made_on,
                "by_on": r.by_on,
                "last_on": r.last_on,
                "in_force_on": r.in_force_on,
                "withdrawn_on": r.withdrawn_on,
                "state": r.state,
                "judged_on": r.judged_on,
                "approval": r.approval_key,
                "origin": r.origin,
                "note": notes.get((r.stop_id, "note"), ""),
            }
            for r in found
        ]


def _paid(one: agreements.Made, as_of: dt.date) -> int:
    assert isinstance(one.made, promises.Promise)
    return promises.paid(one.made, one.received, through=min(as_of, one.made.last_on))


def _settle_before(scope: Scope, customer: str, now: dt.datetime) -> None:
    """Judge what was promised before, so that a broken promise does not stand in the way."""
    with tx.reading(scope):
        mine = _rows(scope, stop__customer__reference=customer, state="open").first()
    if mine is not None and mine.stop.entity is not None:
        judge(scope, [mine.stop.customer_id], records.today(mine.stop.entity, now), now)


def _needs_approval(
    scope: Scope, covers: Sequence[promises.Cover], rules: documents.PromisesDoc, *, ahead: int
) -> bool:
    """Tell whether a promise waits for a role: far ahead, or one too many on an item.

    Raises: Refused for one that lies further ahead than any approval reaches.
    """
    if ahead > rules.days_ahead_approved:
        raise Refused(
            "too_far",
            f"a promise lies at most {rules.days_ahead_approved} days ahead, with approval",
        )
    before = models.StopItem.objects.filter(
        organisation_id=scope.organisation_id,
        stop__kind="promise",
        item_id__in=[c.item for c in covers],
    ).exclude(stop__state="refused")
    times: dict[int, int] = {}
    for item in before.values_list("item_id", flat=True):
        times[item] = times.get(item, 0) + 1
    nth = 1 + max(times.values(), default=0)
    return ahead > rules.days_ahead or nth >= rules.approve_from_nth


def _last_on(
    scope: Scope, found: agreeing.About, until: dt.date, rules: documents.PromisesDoc
) -> dt.date:
    """Return the last day of tolerance: working days are the entity's (SEMANTICS 2.1)."""
    calendar = calendars.load(scope).get(found.entity.calendar) or workdays.Calendar("-/0")
    return workdays.add_working(calendar, until, rules.tolerance_working_days)


def _become(
    scope: Scope,
    row: models.Promise,
    how: str,
    stop: book.Stop | None,
    as_of: dt.date,
    now: dt.datetime,
) -> None:
    """Keep what a promise has become, say so, and put it before a person if it was broken."""
    row.state, row.judged_on = how, as_of
    row.save(update_fields=["state", "judged_on"])
    kept = row.stop
    kept.state, kept.until_on, kept.ended_on, kept.gives_back = how, row.last_on, None, False
    if how == "kept":
        kept.ended_on = kept.from_on if stop is None or stop.until_on is None else (
            stop.until_on + promises.DAY
        )  # fmt: skip
        kept.ended_at, kept.ended_by = now, scope.actor
    if stop is not None:
        kept.until_on, kept.gives_back = stop.until_on, stop.gives_back
    records.keep_stop(scope, kept)
    cause = f"promise:{row.stop_id}"
    if how in ("broken", "partly_kept"):
        wanted = tasks.Wanted("broken_promise", cause, kept.entity_id, kept.customer_id)
        tasks.open_all(scope, [wanted], on=as_of, at=now)
    else:
        tasks.end(scope, [cause], outcome=how, on=as_of, at=now)
    _SAY[how](scope, {"stop": row.stop_id, "on": as_of}, now)


Say = Callable[[Scope, dict[str, Any], dt.datetime], int]
_SAY: dict[str, Say] = {
    "kept": lambda s, refs, at: journal.append(s, "promise_kept", refs=refs, at=at),
    "partly_kept": lambda s, refs, at: journal.append(s, "promise_partly_kept", refs=refs, at=at),
    "broken": lambda s, refs, at: journal.append(s, "promise_broken", refs=refs, at=at),
    "open": lambda s, refs, at: journal.append(s, "promise_open_again", refs=refs, at=at),
}


def _asked(scope: Scope, approval: models.Approval) -> models.Promise:
    return _rows(scope, approval_key=approval.key).get()


def _said(state: str) -> str:
    return state.replace("_", " ")


def _rows(scope: Scope, **where: Any) -> QuerySet[models.Promise]:
    return models.Promise.objects.filter(
        organisation_id=scope.organisation_id, **where
    ).select_related("stop", "stop__customer", "stop__entity")
