"""Money in, drawn: one small picture a currency; and the doors to the rows behind a figure.

Must not know: which page shows it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from dunwell.desk import dashboard
from dunwell.web import marks, read

_HEIGHT = 40
_STEP = 10


class Bar(NamedTuple):
    """One bar of the picture: where it stands and how tall it is."""

    x: int
    y: float
    height: float


class Picture(NamedTuple):
    """Money in, in one currency: what it comes to, where that leads, and its bars."""

    currency: str
    minor: int
    n: int
    href: str
    bars: list[Bar]
    width: int


class Pulse(NamedTuple):
    """What the first page shows: pictures, promises of the week with their door, fresh money."""

    found: dashboard.Pulse
    pictures: list[Picture]
    n: int
    cash: str
    due: str


class Doors:
    """Makes the address of the rows behind a number, on the day looked at."""

    def __init__(self, desk: read.Desk, first: dt.date, last: dt.date) -> None:
        self.as_of = None if desk.is_today else desk.as_of
        self.span = (first, last)

    def __call__(self, figure: str, *span: dt.date, **query: str) -> str:
        """Return the address of a figure's rows; without days, of the whole window."""
        first, last = span or self.span
        days = {"from": first.isoformat(), "to": last.isoformat()}
        return marks.href(["insights", "rows", figure], days | query, as_of=self.as_of)

    def here(self, preset: str, days: int) -> str:
        """Return the address of the dashboard itself."""
        return marks.href(["insights"], {"for": preset, "days": str(days)}, as_of=self.as_of)


def pictures(
    cash: Sequence[dashboard.Taken], as_of: dt.date, days: int, to: Doors
) -> list[Picture]:
    """Draw what came in, each currency for itself, the one with most payments first."""
    spans = dashboard.spans(as_of, days)
    place = {first: n for n, (first, _) in enumerate(spans)}
    out = []
    for currency, sums in dashboard.taken(list(cash)).items():
        mine = [t for t in cash if t.currency == currency]
        top = max(t.minor for t in mine)
        bars = [
            Bar(place[t.first] * _STEP + 1, round(_HEIGHT - h, 1), h)
            for t in mine
            if (h := round(max(_HEIGHT * t.minor / top, 1), 1))
        ]
        href, width = to("cash", currency=currency), len(spans) * _STEP
        out.append(Picture(currency, sums.amounts[currency], sums.n, href, bars, width))
    return sorted(out, key=lambda p: (-p.n, p.currency))


def pulse(desk: read.Desk) -> Pulse:
    """Return the pulse of the day looked at, kept until something happens."""
    found = desk.once("pulse", lambda: dashboard.pulse(desk.scope, as_of=desk.as_of))
    to = Doors(desk, dashboard.first_of(desk.as_of, dashboard.DAYS[0]), desk.as_of)
    drawn = pictures(found.cash, desk.as_of, dashboard.DAYS[0], to)
    due = to("promises-due", *found.week)
    return Pulse(found, drawn, sum(p.n for p in drawn), to("cash"), due)
