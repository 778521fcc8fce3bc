"""The dashboard: how the book stands and what was done, as sums that lists stand behind.

Aging, money in, promises, disputes, the ladder, and the team's work, of one organisation. The
rows behind a sum are asked of the same sets (`store.lists.dashboard`). Writes nothing. Must not
know: pictures, addresses, whose screen it is.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any, NamedTuple

from dunwell.core import aging, money
from dunwell.core.scope import Scope
from dunwell.desk import report, setting
from dunwell.store import models, policies, tx
from dunwell.store.lists import dashboard as rows
from dunwell.store.lists.dashboard import AGES, FIGURES, LATE, NO_STEP, Cut, Line, Stage, Sums

DAYS = (30, 90)
"""How far a dashboard looks back: by the day, or by the week."""
STAGES = "stages"
WORK = ("calls", "notes", "promises-made", "approvals", "tasks-done", "tasks-overdue")
"""What of a person's work is counted."""
JUDGED = ("promises-kept", "promises-partly", "promises-broken")
_DAY = dt.timedelta(days=1)


class Taken(NamedTuple):
    """Money that came in between two days, in one currency."""

    first: dt.date
    last: dt.date
    currency: str
    n: int
    minor: int


class Reason(NamedTuple):
    """Open disputes of one reason: how many, what they keep out, and how many are late."""

    code: str
    n: int
    late: int
    amounts: dict[str, int]


class Person(NamedTuple):
    """What one person did in the window, and what lies past its day now."""

    name: str
    counts: dict[str, int]


class Dashboard(NamedTuple):
    """All figures of one day. `stages` is None for a past day: the ladder is known as it stands."""

    as_of: dt.date
    days: int
    aging: list[aging.Row]
    cash: list[Taken]
    due: Sums
    week: tuple[dt.date, dt.date]
    judged: dict[str, Sums]
    disputes: Sums
    late: int
    reasons: list[Reason]
    ages: dict[str, int]
    stages: list[Stage] | None
    work: list[Person]
    overdue_tasks: int

    @property
    def first(self) -> dt.date:
        """The first day looked back on."""
        return first_of(self.as_of, self.days)

    def taken(self) -> dict[str, Sums]:
        """Return what came in over the whole window, by currency."""
        return taken(self.cash)


class Pulse(NamedTuple):
    """What the first page shows of it: money in by the day, promises of the week, fresh money.

    `money_to` is the day the newest payments speak for, `taken_at` when they were taken in, on
    the first company's clock.
    """

    as_of: dt.date
    cash: list[Taken]
    due: Sums
    week: tuple[dt.date, dt.date]
    money_to: dt.date | None
    taken_at: dt.datetime | None


class Behind(NamedTuple):
    """The rows behind one number, and what all of them come to."""

    sums: Sums
    lines: list[Line]


def pulse(scope: Scope, *, as_of: dt.date) -> Pulse:
    """Return the pulse of a day: three queries, none over the whole book."""
    week = week_of(as_of)
    with tx.reading(scope):
        due = rows.sums(scope, Cut("promises-due", *week))
        money = rows.newest_money(scope, as_of=as_of)
    paid = cash(scope, as_of=as_of, days=DAYS[0])
    if money is None:
        return Pulse(as_of, paid, due, week, None, None)
    zone = zoneinfo.ZoneInfo(setting.time_zone(scope))
    return Pulse(as_of, paid, due, week, money[0], money[1].astimezone(zone))


def first_of(as_of: dt.date, days: int) -> dt.date:
    """Return the first of so many days that end with one."""
    return as_of - (days - 1) * _DAY


def week_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the Monday and the Sunday of a day's week.

    >>> week_of(dt.date(2026, 3, 2))
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 8))
    """
    monday = day - day.weekday() * _DAY
    return monday, monday + 6 * _DAY


def of(scope: Scope, *, as_of: dt.date, today: dt.date, days: int = DAYS[0]) -> Dashboard:
    """Return every figure of a day."""
    assert days in DAYS, "a door asks for one of them"
    first, week = first_of(as_of, days), week_of(as_of)
    aged = report.aging_rows(scope, as_of=as_of, by="entity", entity=None)
    with tx.reading(scope):
        reasons, ages, late = _disputes(scope, Cut("disputes", first, as_of))
        amounts = money.by_currency(x for r in reasons for x in r.amounts.items())
        return Dashboard(
            as_of, days, aging.totals(aged.rows), cash(scope, as_of=as_of, days=days),
            rows.sums(scope, Cut("promises-due", *week)), week,
            {f: rows.sums(scope, Cut(f, first, as_of)) for f in JUDGED},
            Sums(sum(r.n for r in reasons), amounts), late, reasons, ages,
            _stages(scope, as_of) if as_of >= today else None, work(scope, first, as_of),
            rows.sums(scope, Cut("tasks-overdue", first, as_of)).n,
        )  # fmt: skip


def cash(scope: Scope, *, as_of: dt.date, days: int) -> list[Taken]:
    """Return what came in by the day, or by the week where it is much: first day first."""
    first, size = first_of(as_of, days), 1 if days == DAYS[0] else 7
    with tx.reading(scope):
        found = rows.cash_by_day(scope, first=first, last=as_of)
    sums: dict[tuple[dt.date, str], tuple[int, int]] = {}
    for (on, currency), (n, minor) in found.items():
        start = max(first, on if size == 1 else week_of(on)[0])
        have = sums.get((start, currency), (0, 0))
        sums[start, currency] = (have[0] + n, have[1] + minor)
    return [
        Taken(start, _end(start, size, as_of), currency, n, minor)
        for (start, currency), (n, minor) in sorted(sums.items())
    ]


def taken(parts: list[Taken]) -> dict[str, Sums]:
    """Return what days or weeks come to, by currency."""
    found: dict[str, Sums] = {}
    for t in parts:
        have = found.get(t.currency, Sums(0, {t.currency: 0}))
        found[t.currency] = Sums(have.n + t.n, {t.currency: have.amounts[t.currency] + t.minor})
    return dict(sorted(found.items()))


def spans(as_of: dt.date, days: int) -> list[tuple[dt.date, dt.date]]:
    """Return each day, or each week, of a window; the first and last week may be cut.

    >>> [len(spans(dt.date(2026, 3, 4), n)) for n in DAYS]
    [30, 14]
    """
    size, start = 1 if days == DAYS[0] else 7, first_of(as_of, days)
    out = []
    while start <= as_of:
        last = _end(start, size, as_of)
        out.append((start, last))
        start = last + _DAY
    return out


def _end(start: dt.date, size: int, as_of: dt.date) -> dt.date:
    return start if size == 1 else min(week_of(start)[1], as_of)


def _disputes(scope: Scope, cut: Cut) -> tuple[list[Reason], dict[str, int], int]:
    """Return open disputes by reason and by age, and how many are past their day."""
    found = rows.open_disputes(scope, cut)
    amounts = rows.disputed(scope, [stop for stop, *_ in found])
    ages = {name: 0 for name, *_ in AGES}
    by_code: dict[str, Reason] = {}
    for stop, code, from_on, due_on in found:
        open_days = (cut.last - from_on).days
        ages[next(a for a, _, most in AGES if most is None or open_days <= most)] += 1
        have = by_code.get(code, Reason(code, 0, 0, {}))
        by_code[code] = Reason(
            code, have.n + 1, have.late + (due_on < cut.last),
            money.by_currency((*have.amounts.items(), *amounts.get(stop, {}).items())),
        )  # fmt: skip
    reasons = sorted(by_code.values(), key=lambda r: (-r.n, r.code))
    return reasons, ages, sum(r.late for r in reasons)


def _stages(scope: Scope, as_of: dt.date) -> list[Stage]:
    """Return where the open items stand, in the order of the ladders; those without a step first.

    A step that no ladder has any more comes last.
    """
    order = {"": -1} | {step: n for n, step in enumerate(_steps(scope))}
    found = rows.stages(scope, as_of=as_of)
    return sorted(found, key=lambda s: (order.get(s.step, len(order)), s.step, s.currency))


def _steps(scope: Scope) -> list[str]:
    """Return the steps of the ladders in force, each once, mildest first."""
    places: dict[str, int] = {}
    names = models.Entity.objects.filter(organisation_id=scope.organisation_id).order_by("pk")
    for name in dict.fromkeys(names.values_list("policy", flat=True)):
        for cadence in policies.current(scope, name)[1].cadences.values():
            for n, step in enumerate(cadence.steps):
                places.setdefault(step.id, n)
    return sorted(places, key=lambda step: places[step])


def work(scope: Scope, first: dt.date, last: dt.date) -> list[Person]:
    """Return what each person did between two days; who did nothing is left out."""
    counts: dict[str, dict[str, int]] = {}
    for figure in WORK:
        for name, n in rows.by_person(scope, Cut(figure, first, last)).items():
            counts.setdefault(name, {})[figure] = n
    return [Person(name, counts[name]) for name in sorted(counts)]


def behind(scope: Scope, cut: Cut, *, start: int, limit: int) -> Behind:
    """Return some of the rows behind a number, and the sums of all of them."""
    with tx.reading(scope):
        if cut.figure == STAGES:
            step: dict[str, Any] = {"step": cut.code or NO_STEP, "currency": cut.currency}
            step["as_of"] = cut.last
            return Behind(
                rows.count_at_step(scope, **step),
                rows.at_step(scope, **step, start=start, limit=limit),
            )
        return Behind(rows.sums(scope, cut), rows.lines(scope, cut, start=start, limit=limit))


def as_plain(found: Dashboard) -> dict[str, Any]:
    """Return the dashboard as plain data."""
    stages = None if found.stages is None else [s._asdict() for s in found.stages]
    return {
        "as_of": found.as_of,
        "days": found.days,
        "first": found.first,
        "aging": [
            {"currency": r.currency, "not_due": r.not_due, "overdue": sum(r.buckets),
             "credits": r.credits, "unapplied": r.unapplied, "total": r.total}
            for r in found.aging
        ],
        "cash": [t._asdict() for t in found.cash],
        "promises": {
            "due": _plain(found.due) | {"first": found.week[0], "last": found.week[1]},
            **{f.partition("-")[2]: _plain(s) for f, s in found.judged.items()},
        },
        "disputes": _plain(found.disputes) | {
            "late": found.late, "ages": found.ages,
            "reasons": [
                _plain(Sums(r.n, r.amounts)) | {"code": r.code, "late": r.late}
                for r in found.reasons
            ],
        },
        "stages": stages,
        "overdue_tasks": found.overdue_tasks,
        "work": [
            {"name": p.name} | {f.replace("-", "_"): p.counts.get(f, 0) for f in WORK}
            for p in found.work
        ],
    }  # fmt: skip


def _plain(sums: Sums) -> dict[str, Any]:
    amounts = [{"currency": c, "amount_minor": m} for c, m in sums.amounts.items()]
    return {"n": sums.n, "amounts": amounts}


__all__ = [
    "AGES", "DAYS", "FIGURES", "JUDGED", "LATE", "NO_STEP", "STAGES", "WORK", "Behind", "Cut",
    "Dashboard", "Line", "Person", "Pulse", "Reason", "Stage", "Sums", "Taken", "as_plain",
    "behind", "cash", "first_of", "of", "pulse", "spans", "taken", "week_of",
]  # fmt: skip
