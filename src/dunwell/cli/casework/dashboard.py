"""`dunwell dashboard`: how the book stands and what was done, as the page *Insights* shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from dunwell.cli import door, show

if TYPE_CHECKING:
    from dunwell.desk.dashboard import Dashboard

Figure = tuple[str, str, int | None, str, int | None]
"""A part of the dashboard, what of it, how many, and how much in which currency."""


def add_to(main: click.Group) -> None:
    """Add this command."""

    @main.group()
    def dashboard() -> None:
        """How the book stands, what came in, and what the team did."""

    @door.command(dashboard, "show")
    @click.option(
        "--days", type=click.Choice(["30", "90"]), default="30", show_default=True,
        help="how far to look back: 30 days by the day, or 90 by the week",
    )  # fmt: skip
    @show.format_option()
    @door.as_of_option()
    def show_(at: door.Door, *, days: str, shape: str, as_of: dt.date | None) -> None:
        """Show aging, money in, promises, disputes, the ladder, and the team's work."""
        from dunwell.desk import dashboard as desk

        found = desk.of(at.scope, as_of=at.day(as_of), today=at.today, days=int(days))
        if shape == "json":
            show.as_json(desk.as_plain(found))
        elif shape == "csv":
            show.as_csv(("part", "what", "n", "currency", "amount_minor"), _figures(found))
        else:
            show.as_table(
                ("", "what", "how many", "", "amount"), _told(found), right=(2, 4),
                title=f"dashboard {found.as_of} · {found.days} days back",
            )  # fmt: skip
        if found.stages is None:
            show.say("where invoices stand on the ladder is known as of today only")


def _told(found: Dashboard) -> Iterator[tuple[Any, ...]]:
    last = ""
    for part, what, n, currency, minor in _figures(found):
        amount = "" if minor is None else show.amount(minor, currency)
        yield "" if part == last else part, what.replace("_", " "), n, currency, amount
        last = part


def _figures(found: Dashboard) -> Iterator[Figure]:
    """Yield every figure as one row; an amount in several currencies is several rows."""
    for r in found.aging:
        for what, minor in (("not_due", r.not_due), ("overdue", sum(r.buckets)),
                            ("total", r.total)):  # fmt: skip
            yield "aging", what, None, r.currency, minor
    for t in found.cash:
        yield "cash", t.first.isoformat(), t.n, t.currency, t.minor
    yield from _each("promises", "due_this_week", found.due.n, found.due.amounts)
    for figure, sums in found.judged.items():
        yield from _each("promises", figure.partition("-")[2], sums.n, sums.amounts)
    for reason in found.reasons:
        yield from _each("disputes", reason.code, reason.n, reason.amounts)
    yield "disputes", "late", found.late, "", None
    for age, n in found.ages.items():
        yield "disputes", f"open {age} days", n, "", None
    for s in found.stages or ():
        yield "stages", s.step or "no_step_yet", s.customers, s.currency, s.minor
    for person in found.work:
        for figure, n in person.counts.items():
            yield "work", f"{person.name}: {figure.replace('-', ' ')}", n, "", None


def _each(part: str, what: str, n: int, amounts: Mapping[str, int]) -> Iterator[Figure]:
    """Yield a figure a currency; its number stands with the first."""
    told: list[tuple[str, int | None]] = [*amounts.items()] or [("", None)]
    for place, (currency, minor) in enumerate(told):
        yield part, what, None if place else n, currency, minor
