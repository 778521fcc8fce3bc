"""What has come in, was promised, is disputed, stands on the ladder, and was done by whom.

Each figure is one set of rows (`FIGURES`): the sums of the dashboard and the lists behind them
are asked of the same set, so they agree. Must not know: presets, pictures, whose screen it is.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet, Sum

from dunwell.core import money
from dunwell.core.scope import Scope
from dunwell.store import facts, models

AGES = (("0-7", 0, 7), ("8-30", 8, 30), ("31+", 31, None))
"""How long a dispute has been open, in days."""
LATE = "late"
NO_STEP = "none"
"""Overdue, and no step of the ladder taken yet."""


class Cut(NamedTuple):
    """Which rows of a figure: `first` to `last` are days, `age` is one of `AGES` or `LATE`."""

    figure: str
    first: dt.date
    last: dt.date
    currency: str = ""
    who: str = ""
    code: str = ""
    age: str = ""


class Sums(NamedTuple):
    """How many rows, and what they come to by currency."""

    n: int
    amounts: dict[str, int]


class Line(NamedTuple):
    """One row behind a figure; `on` is its day, `about` a code or a reference."""

    customer: str
    entity: str
    on: dt.date | None
    about: str
    who: str
    amounts: tuple[tuple[str, int], ...]


class Stage(NamedTuple):
    """Where some open items stand: the step taken last, in one currency."""

    step: str
    currency: str
    customers: int
    items: int
    minor: int


class Set(NamedTuple):
    """A figure's rows: how they are asked for, and the names of what each row has."""

    rows: Callable[[Scope, Cut], QuerySet[Any]]
    on: str
    about: str
    who: str = ""
    currency: str = ""
    minor: str = ""
    customer: str = "customer"
    entity: str = "entity"


# --- the sets ------------------------------------------------------------------------------------


def _cash(scope: Scope, cut: Cut) -> QuerySet[Any]:
    """Payments received in these days and not taken back by the last of them."""
    return models.Payment.objects.filter(
        Q(reversed_on__isnull=True) | Q(reversed_on__gt=cut.last),
        organisation_id=scope.organisation_id, kind="payment",
        paid_on__gte=cut.first, paid_on__lte=cut.last,
    )  # fmt: skip


def _promises_due(scope: Scope, cut: Cut) -> QuerySet[Any]:
    """Promises whose day lies in these days and that are open as things stand."""
    return _promises(scope).filter(state="open", by_on__gte=cut.first, by_on__lte=cut.last)


def _judged(state: str) -> Callable[[Scope, Cut], QuerySet[Any]]:
    def rows(scope: Scope, cut: Cut) -> QuerySet[Any]:
        return _promises(scope).filter(
            state=state, judged_on__gte=cut.first, judged_on__lte=cut.last
        )

    return rows


def _promises_made(scope: Scope, cut: Cut) -> QuerySet[Any]:
    return _promises(scope).filter(made_on__gte=cut.first, made_on__lte=cut.last)


def _promises(scope: Scope) -> QuerySet[Any]:
    return models.Promise.objects.filter(organisation_id=scope.organisation_id)


def _disputes(scope: Scope, cut: Cut) -> QuerySet[Any]:
    """Disputes that stand undecided at the end of the last day."""
    rows = models.Dispute.objects.filter(
        Q(decided_on__isnull=True) | Q(decided_on__gt=cut.last),
        Q(stop__ended_on__isnull=True) | Q(stop__ended_on__gt=cut.last),
        organisation_id=scope.organisation_id, stop__from_on__lte=cut.last,
    )  # fmt: skip
    if cut.age == LATE:
        return rows.filter(due_on__lt=cut.last)
    for name, least, most in AGES:
        if cut.age == name:
            rows = rows.filter(stop__from_on__lte=cut.last - dt.timedelta(days=least))
            if most is not None:
                rows = rows.filter(stop__from_on__gte=cut.last - dt.timedelta(days=most))
    return rows


def _calls(scope: Scope, cut: Cut) -> QuerySet[Any]:
    return models.Call.objects.filter(
        organisation_id=scope.organisation_id, on__gte=cut.first, on__lte=cut.last,
        withdrawn_on__isnull=True,
    )  # fmt: skip


def _notes(scope: Scope, cut: Cut) -> QuerySet[Any]:
    """Notes of these days, by the clock of the world: a note has an instant and no day."""
    start = dt.datetime.combine(cut.first, dt.time.min, dt.UTC)
    end = dt.datetime.combine(cut.last, dt.time.min, dt.UTC) + dt.timedelta(days=1)
    return models.Note.objects.filter(
        organisation_id=scope.organisation_id, at__gte=start, at__lt=end,
        withdrawn_on__isnull=True,
    )  # fmt: skip


def _answered(scope: Scope, cut: Cut) -> QuerySet[Any]:
    return models.Approval.objects.filter(
        organisation_id=scope.organisation_id, state__in=("granted", "refused"),
        decided_on__gte=cut.first, decided_on__lte=cut.last,
    ).exclude(decided_by="")  # fmt: skip


def _tasks_done(scope: Scope, cut: Cut) -> QuerySet[Any]:
    return models.Task.objects.filter(
        organisation_id=scope.organisation_id, state="done",
        done_on__gte=cut.first, done_on__lte=cut.last,
    )  # fmt: skip


def _tasks_overdue(scope: Scope, cut: Cut) -> QuerySet[Any]:
    """Tasks that are open now and whose day was before the last."""
    return models.Task.objects.filter(
        organisation_id=scope.organisation_id, state="open", due_on__lt=cut.last
    )


_PROMISE = {
    "about": "state", "who": "stop__by", "currency": "currency", "minor": "amount_minor",
    "customer": "stop__customer", "entity": "stop__entity",
}  # fmt: skip
FIGURES: Mapping[str, Set] = {
    "cash": Set(_cash, "paid_on", "reference", currency="currency", minor="amount_minor"),
    "promises-due": Set(_promises_due, "by_on", **_PROMISE),
    "promises-kept": Set(_judged("kept"), "judged_on", **_PROMISE),
    "promises-partly": Set(_judged("partly_kept"), "judged_on", **_PROMISE),
    "promises-broken": Set(_judged("broken"), "judged_on", **_PROMISE),
    "disputes": Set(
        _disputes, "stop__from_on", "code", "owner", customer="stop__customer",
        entity="stop__entity",
    ),
    "calls": Set(_calls, "on", "outcome", "by"),
    "notes": Set(_notes, "at", "", "by"),
    "promises-made": Set(_promises_made, "made_on", **_PROMISE),
    "approvals": Set(_answered, "decided_on", "what", "decided_by"),
    "tasks-done": Set(_tasks_done, "done_on", "kind", "done_by"),
    "tasks-overdue": Set(_tasks_overdue, "due_on", "kind", "owner"),
}  # fmt: skip
"""Every figure but the stages, which are not rows but sums over the open items."""


def _set(scope: Scope, cut: Cut) -> tuple[Set, QuerySet[Any]]:
    of = FIGURES[cut.figure]
    rows = of.rows(scope, cut)
    if cut.currency and of.currency:
        rows = rows.filter(**{of.currency: cut.currency})
    if cut.who and of.who:
        rows = rows.filter(**{of.who: cut.who})
    if cut.code:
        rows = rows.filter(**{of.about: cut.code})
    return of, rows


# --- sums ----------------------------------------------------------------------------------------


def sums(scope: Scope, cut: Cut) -> Sums:
    """Return how many rows a figure has, and what they come to."""
    of, rows = _set(scope, cut)
    if cut.figure == "disputes":
        ids = list(rows.values_list("stop_id", flat=True))
        parts = disputed(scope, ids).values()
        return Sums(len(ids), money.by_currency(x for one in parts for x in one.items()))
    if not of.currency:
        return Sums(rows.count(), {})
    found = rows.values_list(of.currency).annotate(n=Count("pk"), minor=Sum(of.minor))
    told = [(c, n, int(m)) for c, n, m in found.order_by(of.currency)]
    return Sums(sum(n for _, n, _ in told), {c: m for c, _, m in told})


def cash_by_day(
    scope: Scope, *, first: dt.date, last: dt.date
) -> dict[tuple[dt.date, str], tuple[int, int]]:
    """Return how many payments came in, and how much, by day and currency: one query."""
    rows = _cash(scope, Cut("cash", first, last)).values_list("paid_on", "currency")
    return {
        (on, currency): (n, int(minor))
        for on, currency, n, minor in rows.annotate(n=Count("pk"), minor=Sum("amount_minor"))
    }


def newest_money(scope: Scope, *, as_of: dt.date) -> tuple[dt.date, dt.datetime] | None:
    """Return the day the newest payments up to a day speak for, and when they were taken in."""
    rows = models.ImportBatch.objects.filter(
        organisation_id=scope.organisation_id, state="published", kind="payments", as_of__lte=as_of
    )
    return rows.order_by("-as_of", "-at").values_list("as_of", "at").first()


def by_person(scope: Scope, cut: Cut) -> dict[str, int]:
    """Return how many rows of a figure each person has."""
    of, rows = _set(scope, cut)
    return dict(rows.exclude(**{of.who: ""}).values_list(of.who).annotate(n=Count("pk")))


def open_disputes(scope: Scope, cut: Cut) -> list[tuple[int, str, dt.date, dt.date]]:
    """Return the disputes of a cut: stop, reason, since when, to be answered by when."""
    return list(_set(scope, cut)[1].values_list("stop_id", "code", "stop__from_on", "due_on"))


def disputed(scope: Scope, stops: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return what each dispute keeps out now, by currency: never more than is open."""
    ids, found = sorted(set(stops)), defaultdict[int, dict[str, int]](dict)
    for start in range(0, len(ids), facts.CHUNK):
        rows = models.StopItem.objects.filter(
            organisation_id=scope.organisation_id, stop_id__in=ids[start : start + facts.CHUNK]
        ).values_list("stop_id", "item__currency", "amount_minor", "item__open_minor")
        for stop, currency, part, left in rows:
            minor = left if part is None else min(part, left)
            found[stop][currency] = found[stop].get(currency, 0) + minor
    return dict(found)


def stages(scope: Scope, *, as_of: dt.date) -> list[Stage]:
    """Return how much stands at each step: one pass over what is open (it has no cheaper way)."""
    rows = (
        _on_ladder(scope, as_of)
        .values_list("step", "currency")
        .annotate(whom=Count("customer_id", distinct=True), n=Count("pk"), m=Sum("open_minor"))
    )
    return [Stage(step, currency, whom, n, int(m)) for step, currency, whom, n, m in rows]


def _on_ladder(scope: Scope, as_of: dt.date) -> QuerySet[Any]:
    """Open debts that have taken a step, or are overdue and have taken none."""
    return models.Item.objects.filter(
        ~Q(step="") | Q(due_on__lt=as_of),
        organisation_id=scope.organisation_id, open_minor__gt=0,
        kind__in=("invoice", "instalment"),
    )  # fmt: skip


# --- rows ----------------------------------------------------------------------------------------


def lines(scope: Scope, cut: Cut, *, start: int, limit: int) -> list[Line]:
    """Return some rows behind a figure, the newest first."""
    of, rows = _set(scope, cut)
    wanted = ["pk", f"{of.customer}__reference", f"{of.entity}__code", of.on]
    wanted += [f for f in (of.about, of.who, of.currency, of.minor) if f]
    found = list(rows.order_by(f"-{of.on}", "-pk").values(*wanted)[start : start + limit])
    out = of.customer.startswith("stop") and not of.currency
    parts = _kept_out(scope, [f["pk"] for f in found]) if out else {}
    return [_line(of, f, parts.get(f["pk"], {})) for f in found]


def _kept_out(scope: Scope, disputes: Sequence[int]) -> dict[int, dict[str, int]]:
    stops = dict(
        models.Dispute.objects.filter(
            organisation_id=scope.organisation_id, pk__in=disputes
        ).values_list("pk", "stop_id")
    )
    by_stop = disputed(scope, stops.values())
    return {pk: by_stop.get(stop, {}) for pk, stop in stops.items()}


def _line(of: Set, found: Mapping[str, Any], parts: Mapping[str, int]) -> Line:
    on = found[of.on]
    amounts = ((found[of.currency], found[of.minor]),) if of.currency else sorted(parts.items())
    return Line(
        found[f"{of.customer}__reference"] or "", found[f"{of.entity}__code"] or "",
        on.date() if isinstance(on, dt.datetime) else on, found[of.about] if of.about else "",
        found[of.who] if of.who else "", tuple(amounts),
    )  # fmt: skip


def at_step(
    scope: Scope, *, step: str, currency: str, as_of: dt.date, start: int, limit: int
) -> list[Line]:
    """Return the customers that stand at a step in one currency, the largest amount first."""
    rows = (
        _at(scope, step, currency, as_of)
        .values_list("customer__reference")
        .annotate(m=Sum("open_minor"), n=Count("pk"))
        .order_by("-m", "customer__reference")[start : start + limit]
    )
    return [Line(customer, "", None, str(n), "", ((currency, int(m)),)) for customer, m, n in rows]


def count_at_step(scope: Scope, *, step: str, currency: str, as_of: dt.date) -> Sums:
    """Return how many customers stand at a step in one currency, and with how much."""
    told = _at(scope, step, currency, as_of).aggregate(
        n=Count("customer_id", distinct=True), m=Sum("open_minor")
    )
    return Sums(told["n"], {currency: int(told["m"] or 0)})


def _at(scope: Scope, step: str, currency: str, as_of: dt.date) -> QuerySet[Any]:
    named = "" if step == NO_STEP else step
    return _on_ladder(scope, as_of).filter(step=named, currency=currency)


__all__ = [
    "AGES", "FIGURES", "LATE", "NO_STEP", "Cut", "Line", "Set", "Stage", "Sums", "at_step",
    "by_person", "cash_by_day", "count_at_step", "disputed", "lines", "newest_money",
    "open_disputes", "stages",
    "sums",
]  # fmt: skip
