"""Insights: how the book stands and what was done, for a controller, a collector or a manager.

Every number is a door to `behind`, whose rows add up to it; the aging has pages of its own. The
figures are a function of the book and are kept until it changes. Must not know: how a figure is
counted (`desk.dashboard`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse

from dunwell.desk import dashboard
from dunwell.desk.dashboard import Cut, Dashboard
from dunwell.web import entry, money_in, read, shown, views, words

PRESETS: Mapping[str, tuple[str, ...]] = {
    "controller": ("cash", "aging", "disputes", "promises", "stages"),
    "collector": ("promises", "work", "disputes", "stages", "cash"),
    "manager": ("work", "cash", "promises", "disputes", "stages", "aging"),
}
"""What each of them sees, what they ask for first on top; the address says which."""
_OF_ROLE = (
    ("manager", "manager"), ("executive", "manager"), ("collector", "collector"),
    ("account_manager", "collector"),
)  # fmt: skip
"""Whose insights a role opens with; any other sees the controller's."""
_COLUMNS = {
    "calls": "calls", "notes": "notes", "promises-made": "promises taken",
    "approvals": "approvals answered", "tasks-done": "tasks done",
    "tasks-overdue": "tasks past their day",
}  # fmt: skip
_TITLES = _COLUMNS | {
    "cash": "payments", "promises-due": "promises due", "promises-kept": "promises kept",
    "promises-partly": "promises kept in part", "promises-broken": "promises broken",
    "disputes": "open disputes", dashboard.STAGES: "customers on the ladder",
}  # fmt: skip


class Cell(NamedTuple):
    """One number that is a door."""

    n: int
    href: str


@views._page
def insights(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The dashboard, in the order of who asks for it."""
    preset, days = _preset(request), _days(request)
    found = desk.once(
        f"insights {days}",
        lambda: dashboard.of(desk.scope, as_of=desk.as_of, today=desk.today, days=days),
        words="what was done is counted",
    )
    to = money_in.Doors(desk, found.first, found.as_of)
    drawn = money_in.pictures(found.cash, found.as_of, days, to)
    return views.page(
        request, "insights.html", "Insights",
        f=found, preset=preset, sections=PRESETS[preset], days=days,
        presets=[(p, to.here(p, days)) for p in PRESETS],
        windows=[(n, to.here(preset, n)) for n in dashboard.DAYS],
        paid=Cell(sum(s.n for s in found.taken().values()), to("cash")),
        overdue_tasks=Cell(found.overdue_tasks, to("tasks-overdue")),
        pictures=drawn, cash_rows=_cash_rows(found, drawn, to),
        aged=[shown.aged(r) for r in found.aging], week=found.week,
        due=_sums(found.due, to, "promises-due", *found.week),
        judged=[(_TITLES[f], _sums(s, to, f)) for f, s in found.judged.items()],
        kept=_share(found), disputes_=_sums(found.disputes, to, "disputes"),
        late=Cell(found.late, to("disputes", age=dashboard.LATE)),
        ages=[(a, Cell(n, to("disputes", age=a))) for a, n in found.ages.items()],
        reasons=[
            (r, Cell(r.n, to("disputes", code=r.code))) for r in found.reasons
        ],
        stages=_stages(found, to), work=_work(found, to, entry.person(request).name, preset),
        columns=list(_COLUMNS.values()), currencies=_currencies(found),
    )  # fmt: skip


@views._page
def behind(request: HttpRequest, desk: read.Desk, figure: str) -> HttpResponse:
    """The rows behind one number, and what all of them come to."""
    cut = _cut(request, desk, figure)
    start = (views.number_of(request) - 1) * views.PAGE
    found = desk.once(
        f"behind {cut} {start}",
        lambda: dashboard.behind(desk.scope, cut, start=start, limit=views.PAGE),
    )
    return views.page(
        request, "insights_rows.html", "Insights",
        title_=_TITLES[figure], cut=cut, sums=found.sums, figure=figure,
        lines=found.lines, names=desk.names_of(x.customer for x in found.lines),
        said=_said(cut), pages=views.pages(request, found.sums.n), is_span=_is_span(figure),
    )  # fmt: skip


def _preset(request: HttpRequest) -> str:
    """Return whose insights are asked for, else those of the person's role."""
    asked = request.GET.get("for", "")
    if asked:
        if asked not in PRESETS:
            raise Http404
        return asked
    roles = entry.person(request).roles
    return next((preset for role, preset in _OF_ROLE if role in roles), "controller")


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", str(dashboard.DAYS[0]))
    if asked not in {str(n) for n in dashboard.DAYS}:
        raise Http404
    return int(asked)


# --- what is asked for ---------------------------------------------------------------------------


def _cut(request: HttpRequest, desk: read.Desk, figure: str) -> Cut:
    """Return which rows are asked for. Raises: Http404 for what there is not."""
    if figure not in _TITLES:
        raise Http404
    said = {k: request.GET.get(k, "") for k in ("currency", "who", "code", "age")}
    known = ("", dashboard.LATE, *(a for a, *_ in dashboard.AGES))
    if said["age"] not in known or (figure == dashboard.STAGES and not said["currency"]):
        raise Http404
    try:
        first = dt.date.fromisoformat(request.GET.get("from", desk.as_of.isoformat()))
        last = dt.date.fromisoformat(request.GET.get("to", desk.as_of.isoformat()))
    except ValueError:
        raise Http404 from None
    if not read.FIRST <= first <= last <= desk.today + read.FARTHEST:
        raise Http404
    return Cut(figure, first, last, **said)


def _is_span(figure: str) -> bool:
    """Tell whether a figure is about days; the others stand as of the last of them."""
    return figure not in (dashboard.STAGES, "disputes", "tasks-overdue")


def _said(cut: Cut) -> str:
    """Say in words what of a figure is looked at."""
    parts = [cut.currency, cut.who, _code(cut)]
    if cut.age == dashboard.LATE:
        parts.append("past their day")
    elif cut.age:
        parts.append(f"open for {cut.age} days")
    return ", ".join(p for p in parts if p)


def _code(cut: Cut) -> str:
    if cut.figure == dashboard.STAGES:
        return _step("" if cut.code == dashboard.NO_STEP else cut.code)
    return words.plain(cut.code)


def _step(step: str) -> str:
    return words.titled(step) if step else "Overdue, no step yet"


# --- the parts -----------------------------------------------------------------------------------


def _sums(sums: dashboard.Sums, to: money_in.Doors, figure: str, *span: dt.date) -> dict[str, Any]:
    """Return a figure's number and amounts, each with its door."""
    by_currency = figure != "disputes"
    return {
        "n": sums.n, "href": to(figure, *span),
        "amounts": [
            (c, m, to(figure, *span, **({"currency": c} if by_currency else {})))
            for c, m in sums.amounts.items()
        ],
    }  # fmt: skip


def _share(found: Dashboard) -> int | None:
    """Return how many in a hundred of the promises judged were kept whole."""
    whole = sum(s.n for s in found.judged.values())
    return found.judged["promises-kept"].n * 100 // whole if whole else None


def _cash_rows(
    found: Dashboard, drawn: list[money_in.Picture], to: money_in.Doors
) -> list[tuple[dt.date, dt.date, list[tuple[str, int, str]]]]:
    """Return the picture as a table: a row a day or week, a column a currency."""
    minor = {(t.first, t.currency): t.minor for t in found.cash}
    currencies = [p.currency for p in drawn]
    return [
        (
            first, last,
            [
                (c, minor.get((first, c), 0), to("cash", first, last, currency=c))
                for c in currencies
            ],
        )
        for first, last in reversed(dashboard.spans(found.as_of, found.days))
    ]  # fmt: skip


def _stages(
    found: Dashboard, to: money_in.Doors
) -> list[tuple[str, list[tuple[dashboard.Stage | None, str]]]] | None:
    """Return each step with what stands there, a column a currency."""
    if found.stages is None:
        return None
    at = {(s.step, s.currency): s for s in found.stages}
    last, currencies = (found.as_of, found.as_of), _currencies(found)
    return [
        (
            _step(step),
            [
                (
                    at.get((step, c)),
                    to("stages", *last, code=step or dashboard.NO_STEP, currency=c),
                )
                for c in currencies
            ],
        )
        for step in dict.fromkeys(s.step for s in found.stages)
    ]


def _currencies(found: Dashboard) -> list[str]:
    return sorted({s.currency for s in found.stages or ()})


def _work(
    found: Dashboard, to: money_in.Doors, me: str, preset: str
) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return what each person did; a collector sees what is their own, and so does nobody else."""
    shown = [p for p in found.work if p.name == me] if preset == "collector" else found.work
    return [(p.name, [(p.counts.get(f, 0), to(f, who=p.name)) for f in _COLUMNS]) for p in shown]
