"""Disputes: what the customer objects to, who answers it, by when, and how it ended.

A dispute stops what it covers and nothing else; it is decided only with an answer to the
customer. Rejected, it stays disputed for a week after the answer, and that week stops no clock;
upheld, it stays out until its credit note is posted (SEMANTICS 7, Dispute). Read `open_dispute`,
`close_dispute`, then the two judges: what money may have ended, what time has made overdue.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from dunwell.core import book, disputes, money, naming, stops
from dunwell.core.errors import Refused
from dunwell.core.promises import Cover
from dunwell.core.scope import Scope
from dunwell.desk import named
from dunwell.store import journal, models, personal, tx
from dunwell.store.records import agreements, tasks


def open_dispute(
    scope: Scope,
    customer: str,
    *,
    items: Sequence[str],
    amount_minor: int | None,
    code: str,
    on: dt.date,
    now: dt.datetime,
    owner: str = "",
    due_on: dt.date | None = None,
    note: str = "",
    entity: str | None = None,
) -> int:
    """Record what a customer objects to, and put it before its owner; return its number.

    `on` may lie in the past. An amount is a part of one item. Without an owner it goes to the
    customer's own, without a due date it has as long as a task of its kind. What was not
    received is sent again: a task of its own.

    Raises: Refused for an unknown code, customer or item, or an amount above what is open.
    """
    if code not in disputes.CODES:
        codes = ", ".join(disputes.CODES)
        raise Refused("unknown_code", f"no dispute is about {code!r}; one of {codes}")
    if not items:
        raise Refused("which_item", "a dispute is about items: name each with --item")
    if due_on is not None and due_on < on:
        raise Refused("dates_crossed", f"it would be due {due_on}, before it begins {on}")
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        rows = list({i.pk: i for i in named.items(scope, who, items, entity_code=entity)}.values())
        owed_to = named.entity_for(scope, who, entity, rows)
        covers = _covers(rows, amount_minor)
        stop = agreements.open_stop(
            scope, "dispute", customer_id=who.pk, entity_id=owed_to.pk, covers=covers,
            from_on=on, reason=code, at=now,
        )  # fmt: skip
        task = _put_before(
            scope, stop, rows, code=code, owner=owner, due_on=due_on, now=now,
            on=max(on, agreements.today(owed_to, now)),
        )  # fmt: skip
        models.Dispute.objects.create(
            organisation_id=scope.organisation_id,
            stop=stop,
            covers=agreements.plain(covers),
            code=code,
            owner=task.owner,
            due_on=task.due_on,
        )
        if note:
            personal.keep(scope, "dispute", {(stop.pk, "note"): note.encode()}, at=now)
        refs = {"stop": stop.pk, "customer": who.pk, "code": code, "from": on, "due": task.due_on}
        refs["items"] = [[c.item, c.minor] for c in covers]
        journal.append(scope, "dispute_opened", refs=refs, at=now)
    return stop.pk


def close_dispute(
    scope: Scope,
    dispute: int,
    *,
    outcome: str,
    on: dt.date,
    now: dt.datetime,
    answer: str = "",
    answered_on: dt.date | None = None,
    credit_note: str = "",
) -> str:
    """Decide a dispute that was answered; return what it is now.

    What was answered without a day was answered on the day it is decided. `credit_note` names
    the one that will end what was upheld; otherwise any that names its items does.

    Raises: Refused for an unknown outcome or dispute, one decided before, or without an answer.
    """
    if outcome not in disputes.OUTCOMES:
        ways = ", ".join(disputes.OUTCOMES)
        raise Refused("unknown_outcome", f"{outcome!r}: a dispute ends {ways}")
    if answered_on is None and not answer.strip():
        raise Refused(
            "answer_missing",
            "a dispute is decided only with an answer to the customer: --answer or --answered-on",
        )
    answered_on = answered_on or on
    with tx.transaction_of(scope):
        row = _undecided(scope, dispute)
        if not row.stop.from_on <= answered_on <= on:
            raise Refused(
                "dates_crossed",
                f"it was opened {row.stop.from_on} and is decided {on}; an answer of"
                f" {answered_on} does not lie between",
            )
        row.outcome, row.decided_on, row.answered_on = outcome, on, answered_on
        row.credit_note = credit_note
        row.save()
        if answer:
            personal.keep(scope, "dispute", {(dispute, "answer"): answer.encode()}, at=now)
        _stop_follows(scope, row, now)
        tasks.end(scope, [_cause(dispute), _again(dispute)], outcome=outcome, on=on, at=now)
        refs = {"stop": dispute, "outcome": outcome, "on": on, "answered": answered_on}
        journal.append(scope, "dispute_decided", refs=refs, at=now)
        if outcome == "upheld":
            _await_credit(scope, row, on, now)
            _end_credited(scope, [row.stop.customer_id], on, now)
        stop = models.Stop.objects.get(organisation_id=scope.organisation_id, pk=dispute)
    return _state(stop, on)


def is_undecided(scope: Scope, dispute: int) -> bool:
    """Tell whether a dispute waits for its answer still."""
    return _rows(scope, stop_id=dispute, decided_on__isnull=True).exists()


def withdraw(scope: Scope, dispute: int, *, on: dt.date, now: dt.datetime) -> None:
    """Take back a dispute that was opened in error: nobody objected, and nothing is answered.

    Raises: Refused for an unknown dispute, or one decided before.
    """
    with tx.transaction_of(scope):
        row = _undecided(scope, dispute)
        row.outcome, row.decided_on = "withdrawn", on
        row.save()
        agreements.end_stop(scope, row.stop, on=on, state="withdrawn", at=now)
        tasks.end(scope, [_cause(dispute), _again(dispute)], outcome="withdrawn", on=on, at=now)
        journal.append(scope, "dispute_withdrawn", refs={"stop": dispute, "on": on}, at=now)


def end_credited(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """End what was upheld and is credited by now: a judge of what came in.

    A credit note counts that names the item (or is the one named when it was decided), came
    after the dispute began, and was not needed by an earlier one; together they must reach the
    disputed amount, or all that is left open. An item that is closed needs none.
    """
    with tx.reading(scope):
        ids = list(
            _rows(scope, outcome="upheld", stop__ended_on__isnull=True)
            .filter(**({} if customers is None else {"stop__customer_id__in": list(customers)}))
            .values_list("stop__customer_id", flat=True)
            .distinct()
        )
    for customer in sorted(ids):
        with tx.transaction_of(scope):
            _end_credited(scope, [customer], as_of, now)


def escalate(
    scope: Scope, _customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Give what is past its due date to the manager: a judge of time.

    It stays out of the ladder meanwhile; nobody is chased for what nobody has answered.
    """
    with tx.reading(scope):
        late = list(
            _rows(scope, outcome="", escalated_on__isnull=True, due_on__lt=as_of).order_by("pk")
        )
    for row in late:
        with tx.transaction_of(scope):
            to = next(iter(tasks.holders(scope, "manager")), row.owner)
            still = _rows(scope, pk=row.pk, outcome="", escalated_on__isnull=True)
            if not still.update(escalated_on=as_of):
                continue
            models.Task.objects.filter(
                organisation_id=scope.organisation_id,
                cause=_cause(row.stop_id),
                state="open",
                escalated_on__isnull=True,
            ).update(escalated_on=as_of, escalated_to=to)
            refs = {"stop": row.stop_id, "on": as_of, "due": row.due_on, "to": to}
            journal.append(scope, "dispute_escalated", refs=refs, at=now)


def await_credits(
    scope: Scope, _customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """See to it that each credit note still to come is before somebody: a judge of time.

    What was upheld stays out until it is posted. Its task closed by hand before would leave the
    customer silent with nobody to notice; it is opened again, as often as that happens.
    """
    with tx.reading(scope):
        rows = list(_rows(scope, outcome="upheld", stop__ended_on__isnull=True).order_by("pk"))
        waiting = set(
            models.Task.objects.filter(
                organisation_id=scope.organisation_id, kind="credit_note", state="open"
            ).values_list("cause", flat=True)
        )
    for row in rows:
        if _credited(row.stop_id) not in waiting:
            with tx.transaction_of(scope):
                _await_credit(scope, row, as_of, now)


def listed(
    scope: Scope, *, customer: str | None, as_of: dt.date, dispute: int | None = None
) -> list[dict[str, Any]]:
    """List disputes, newest first: what each covers, whose it is, how it stands, how long.

    `days_paused` counts the days on which it kept its amount out, through `as_of`;
    `cycle_days` those from its first day to its decision, or to `as_of`.
    """
    with tx.reading(scope):
        rows = _rows(scope).order_by("-stop_id")
        if customer is not None:
            rows = rows.filter(stop__customer__reference=customer)
        if dispute is not None:
            rows = rows.filter(stop_id=dispute)
        found = list(rows)
        ids = [r.stop_id for r in found]
        words = personal.read(scope, "dispute", ids)
        labels = _labels(scope, found)
        sent_up = dict(
            models.Task.objects.filter(
                organisation_id=scope.organisation_id, cause__in=[_cause(i) for i in ids]
            ).values_list("cause", "escalated_to")
        )
        return [_shown(r, words, labels, sent_up, as_of) for r in found]


def _shown(
    row: models.Dispute,
    words: dict[tuple[int, str], str],
    labels: dict[int, tuple[str, str]],
    sent_up: dict[str, str],
    as_of: dt.date,
) -> dict[str, Any]:
    stop = row.stop
    ended = None if stop.ended_on is None else stop.ended_on - stops.DAY
    last = min((d for d in (stop.until_on, ended) if d is not None), default=None)
    until = as_of if last is None else min(as_of, last)
    return {
        "id": row.stop_id,
        "customer": stop.customer.reference,
        "entity": stop.entity.code if stop.entity else "",
        "items": [
            {"number": labels[c.item][0], "currency": labels[c.item][1], "amount_minor": c.minor}
            for c in agreements.covers_of(row.covers)
        ],
        "code": row.code,
        "owner": row.owner,
        "from_on": stop.from_on,
        "due_on": row.due_on,
        "escalated_on": row.escalated_on,
        "escalated_to": sent_up.get(_cause(row.stop_id), ""),
        "state": _state(stop, as_of),
        "outcome": row.outcome,
        "decided_on": row.decided_on,
        "answered_on": row.answered_on,
        "credit_note": row.credit_note,
        "until_on": last,
        "days_paused": max(0, (until - stop.from_on).days + 1),
        "cycle_days": max(0, ((row.decided_on or as_of) - stop.from_on).days),
        "note": words.get((row.stop_id, "note"), ""),
        "answer": words.get((row.stop_id, "answer"), ""),
    }


def _state(stop: models.Stop, as_of: dt.date) -> str:
    """Return open, rejected (for its week), upheld (until its credit note) or ended."""
    is_over = stop.until_on is not None and stop.until_on < as_of
    return "ended" if is_over or stop.ended_on is not None else stop.state


def _covers(rows: Sequence[models.Item], amount_minor: int | None) -> list[Cover]:
    """Return what is disputed of each item. Raises: Refused where nothing of it is owed."""
    for row in rows:
        if row.kind not in book.DEBITS:
            raise Refused("not_owed", f"{row.number} is a credit note: nothing of it is owed")
        if not row.open_minor:
            raise Refused("nothing_open", f"nothing of {row.number} is open any more")
    if amount_minor is None:
        return [Cover(row.pk, row.open_minor, is_whole=True) for row in rows]
    if len(rows) != 1:
        raise Refused("which_item", "--amount is a part of one item: name it with --item")
    (row,) = rows
    if amount_minor <= 0:
        raise Refused("bad_amount", f"{amount_minor} minor units are not more than nothing")
    if amount_minor > row.open_minor:
        raise Refused(
            "above_open",
            f"only {money.text(row.open_minor, row.currency)} of {row.number} is open",
        )
    return [Cover(row.pk, amount_minor, amount_minor == row.open_minor)]


def _put_before(
    scope: Scope,
    stop: models.Stop,
    rows: Sequence[models.Item],
    *,
    code: str,
    owner: str,
    due_on: dt.date | None,
    on: dt.date,
    now: dt.datetime,
) -> models.Task:
    """Open the task to answer it, and where an invoice did not arrive the one to send it."""
    about = ", ".join(r.number for r in rows)
    answer = tasks.Wanted(
        "dispute", _cause(stop.pk), stop.entity_id, stop.customer_id, item_id=rows[0].pk,
        note=f"Answer the dispute ({naming.plain(code)}) on {about}.", due_on=due_on, owner=owner,
    )  # fmt: skip
    wanted = [answer]
    if code == "not_received":
        wanted.append(
            answer._replace(
                kind="send_again", cause=_again(stop.pk), due_on=None, owner="",
                note=f"Send again, to a contact that was checked: {about}.",
            )
        )  # fmt: skip
    return tasks.open_all(scope, wanted, on=on, at=now)[0]


def _await_credit(scope: Scope, row: models.Dispute, on: dt.date, now: dt.datetime) -> None:
    """Let somebody see to the credit note: until it is posted nobody asks for the amount again."""
    wanted = tasks.Wanted(
        "credit_note", _credited(row.stop_id), row.stop.entity_id, row.stop.customer_id,
        owner=row.owner,
    )  # fmt: skip
    tasks.open_all(scope, [wanted], on=on, at=now)


def _credited(stop: int) -> str:
    return f"dispute:{stop}:credit_note"


def _cause(stop: int) -> str:
    return f"dispute:{stop}"


def _again(stop: int) -> str:
    return f"dispute:{stop}:send_again"


def _undecided(scope: Scope, dispute: int) -> models.Dispute:
    row = _rows(scope, stop_id=dispute).first()
    if row is None:
        raise Refused("unknown_dispute", f"no dispute {dispute}; see `dunwell dispute list`")
    if row.outcome:
        raise Refused("decided_before", f"dispute {dispute} was {row.outcome} on {row.decided_on}")
    return row


def _stop_follows(scope: Scope, row: models.Dispute, now: dt.datetime) -> None:
    """Let the stop follow the decision: a week more, until its credit note, or no more."""
    stop = row.stop
    assert row.answered_on is not None
    assert row.decided_on is not None
    if row.outcome == "credited":
        agreements.end_stop(scope, stop, on=row.decided_on, state="credited", at=now)
        return
    stop.state = row.outcome
    if row.outcome == "rejected":
        stop.until_on = row.answered_on + disputes.REJECTED_DAYS * stops.DAY
        stop.clock_until_on = row.answered_on
    agreements.keep_stop(scope, stop)


def _end_credited(scope: Scope, customers: list[int], as_of: dt.date, now: dt.datetime) -> None:
    """End the upheld disputes of these customers that are credited, oldest first."""
    mine = list(
        _rows(scope, outcome__in=("upheld", "credited"), stop__customer_id__in=customers).order_by(
            "stop__from_on", "stop_id"
        )
    )
    covers = {row.stop_id: agreements.covers_of(row.covers) for row in mine}
    items = {
        i.pk: i
        for i in models.Item.objects.filter(
            organisation_id=scope.organisation_id,
            pk__in={c.item for found in covers.values() for c in found},
        )
    }
    credit = _Credit(scope, customers)
    for row in mine:
        parts = covers[row.stop_id]
        # Taken for ended disputes too, so that one credit note does not end two.
        had = [credit.take(row, items[c.item], c.minor) for c in parts]
        if row.stop.ended_on is None and all(had):
            agreements.end_stop(
                scope, row.stop, on=max(as_of, row.stop.from_on), state="credited", at=now
            )
            tasks.end(scope, [_credited(row.stop_id)], outcome="credited", on=as_of, at=now)
            refs = {"stop": row.stop_id, "on": row.stop.ended_on, "why": "credited"}
            journal.append(scope, "dispute_ended", refs=refs, at=now)


class _Credit:
    """The credit notes of some customers, and what of each no dispute has needed yet."""

    def __init__(self, scope: Scope, customers: Iterable[int]) -> None:
        self._notes = list(
            models.Item.objects.filter(
                organisation_id=scope.organisation_id,
                customer_id__in=list(customers),
                kind="credit_note",
            ).order_by("due_on", "pk")
        )
        self._left = {n.pk: n.amount_minor for n in self._notes}

    def take(self, row: models.Dispute, item: models.Item, minor: int) -> bool:
        """Take what a dispute needs of an item; tell whether it was there.

        An item that is closed needs nothing; one of which less is open than was disputed needs
        no more than what its credit notes leave open.
        """
        fits = [n for n in self._notes if self._left[n.pk] and _names(n, item, row)]
        need = minor
        for note in fits:
            cut = min(need, self._left[note.pk])
            self._left[note.pk] -= cut
            need -= cut
        still = item.open_minor - sum(n.open_minor for n in fits)
        return need == 0 or still <= 0


def _names(note: models.Item, item: models.Item, row: models.Dispute) -> bool:
    """Tell whether a credit note is about a disputed item."""
    same = (note.entity_id, note.customer_id, note.currency) == (
        item.entity_id, item.customer_id, item.currency,
    )  # fmt: skip
    if not same:
        return False
    if row.credit_note:
        return bool(note.number == row.credit_note)
    came_on = note.issued_on or note.due_on
    is_named = note.applies_to in (item.number, _label(item))
    return is_named and bool(came_on >= row.stop.from_on)


def _label(item: models.Item) -> str:
    return f"{item.number}/{item.part}" if item.part else item.number


def _labels(scope: Scope, rows: Iterable[models.Dispute]) -> dict[int, tuple[str, str]]:
    ids = {c.item for row in rows for c in agreements.covers_of(row.covers)}
    found = models.Item.objects.filter(organisation_id=scope.organisation_id, pk__in=ids)
    return {i.pk: (_label(i), i.currency) for i in found}


def _rows(scope: Scope, **where: Any) -> QuerySet[models.Dispute]:
    return models.Dispute.objects.filter(
        organisation_id=scope.organisation_id, **where
    ).select_related("stop", "stop__customer", "stop__entity")
