"""Aging: what is open by age, turned any way round, down to the items, and over a year.

Read top-down: `aging` is the table, `items` what stands behind one of its numbers, `trend` the
last twelve month ends, `export` the table as a file, `export_items` the items as one. Every
number opens rows that add up to it; currencies are never added together.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from typing import NamedTuple

from django.http import FileResponse, Http404, HttpRequest, HttpResponse

from dunwell.core import aging as ages
from dunwell.desk import report, report_lines
from dunwell.store.lists import open_items
from dunwell.web import marks, read, views, words

PIVOTS = (
    ("entity", "company"), ("currency", "currency"), ("region", "region"), ("segment", "segment"),
    ("owner", "owner"), ("customer", "customer"),
)  # fmt: skip
"""What the rows can be about, and what to call it."""
_MANY = {"company": "companies", "currency": "currencies"}
_KINDS = {
    "csv": "text/csv; charset=utf-8", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_WIDTH, _HEIGHT = 1000, 300


class Asked(NamedTuple):
    """What of the aging is looked at, as the address says it."""

    by: str
    entity: str
    currency: str
    column: str
    within: tuple[str, str] | None
    customer: str | None

    def query(self, **other: str) -> dict[str, str]:
        """Return the address's fields, some of them others."""
        said = {"by": self.by, "entity": self.entity, "currency": self.currency,
                "column": self.column}  # fmt: skip
        if self.within is not None:
            said |= {"in": self.within[0], "is": self.within[1]}
        return {k: v for k, v in (said | other).items() if v}


class Table(NamedTuple):
    """The table as it is shown: every row, in order, and the sums of all of them."""

    rows: list[ages.Row]
    totals: list[ages.Row]
    n: int
    currencies: list[str]


class Band(NamedTuple):
    """One band of the picture: its place in the ramp, and its outline."""

    at: int
    points: str


class Picture(NamedTuple):
    """A year of one currency: the bands, the rows, and the largest sum drawn."""

    currency: str
    bands: list[Band]
    rows: list[tuple[dt.date, tuple[int, ...]]]
    top: int


@views._page
def aging(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The aging by company or another key; each number opens the rows behind it."""
    asked, columns = _asked(request, desk), _columns(desk)
    table = _table(desk, asked, columns)
    shown, noun = views.paged(request, table.rows), dict(PIVOTS)[asked.by]
    names = _names(desk, asked.by, shown)
    return views.page(
        request, "aging.html", "Aging",
        asked=asked, columns=columns, place=columns.index(asked.column) if asked.column else None,
        rows=[(r, names.get(r.key, ""), _doors(request, asked, r, columns)) for r in shown],
        totals=[(r, _doors(request, asked, r, columns, is_total=True)) for r in table.totals],
        leads=_leads(desk, table.totals),
        pages=views.pages(request, len(table.rows)), noun=noun,
        counted=words.count(table.n, noun, _MANY.get(noun, "")),
        pivots=[(by, name, _to(request, **asked.query(by=by))) for by, name in PIVOTS],
        currencies=table.currencies, of=desk.entities().get(asked.entity, asked.entity),
        exports=[(k, _to(request, "export", **asked.query(shape=k))) for k in _KINDS],
        over_time=_to(request, "trend", entity=asked.entity, currency=asked.currency),
        everything=_to(request, by=asked.by), is_narrow=asked.by == "customer" or _is_cut(asked),
        all_ages=_to(request, **asked.query(column="")),
        of_all=_to(request, "items", **asked.query(by="")) if asked.currency else "",
    )  # fmt: skip


@views._page
def items(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The items and money behind one number; they add up to it."""
    asked = _asked(request, desk)
    found = report.behind(
        desk.scope, _cut(asked), as_of=desk.as_of, after=_after(request), limit=views.PAGE
    )
    more = {"customer": asked.customer} if asked.customer is not None else {}
    shapes = ["csv", "xlsx"] if found.n <= report_lines.SHEET else ["csv"]
    after = {} if found.next is None else {"after": "_".join(str(p) for p in found.next)}
    here = asked.query(by="", **more)
    return views.page(
        request, "aging_items.html", "Aging",
        asked=asked, found=found, of=desk.entities().get(asked.entity, ""),
        names=desk.names_of({x.customer for x in found.lines} | {asked.customer or ""}),
        first=_to(request, "items", **here) if request.GET.get("after") else "",
        next=_to(request, "items", **here, **after) if after else "",
        noun=dict(PIVOTS).get(asked.within[0], "") if asked.within else "",
        back=_to(request, **asked.query(by="customer" if _is_cut(asked) else "")),
        is_late=_is_bucket(asked.column, _columns(desk)),
        exports=[(k, _to(request, "items", "export", **here, shape=k)) for k in shapes],
        sheet=report_lines.SHEET,
    )  # fmt: skip


@views._page
def export_items(request: HttpRequest, desk: read.Desk) -> FileResponse:
    """All of the items and money behind one number as a file, however many there are."""
    asked, shape = _asked(request, desk), request.GET.get("shape", "")
    cut = _cut(asked)
    if shape not in ("csv", "xlsx"):
        raise Http404
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    report_lines.write(
        desk.scope, out, cut, as_of=desk.as_of, shape=shape, names=desk.at_once.names()
    )
    out.seek(0)
    name = f"aging-items-{desk.as_of.isoformat()}.{shape}"
    return FileResponse(out, as_attachment=True, filename=name, content_type=_KINDS[shape])


def _cut(asked: Asked) -> open_items.Cut:
    """Return which number is asked for. Raises: Http404 where no currency is."""
    if not asked.currency:
        raise Http404
    return open_items.Cut(
        asked.currency, asked.column, asked.entity, asked.customer, asked.within
    )  # fmt: skip


@views._page
def trend(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The last twelve month ends, drawn as bands and written as a table."""
    asked, columns = _asked(request, desk), _columns(desk)
    found = desk.trend(entity=asked.entity, currency=asked.currency)
    return views.page(
        request, "aging_trend.html", "Aging over time",
        asked=asked, columns=columns, pictures=desk.of(
            found, f"pictures {asked.entity} {asked.currency}",
            lambda trend, _: _pictures(trend, len(columns)),
        ),
        days=[a.as_of for a in found], of=desk.entities().get(asked.entity, ""),
        back=_to(request, entity=asked.entity, currency=asked.currency),
        currencies=sorted({r.currency for a in desk.trend(entity="", currency="") for r in a.rows}),
    )  # fmt: skip


@views._page
def export(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The rows of the table as a file, as `dunwell aging --format` makes it."""
    asked, shape = _asked(request, desk), request.GET.get("shape", "")
    if shape not in _KINDS:
        raise Http404
    desk = desk.at_once
    table = _table(desk, asked, _columns(desk))
    rows = sorted(table.rows, key=lambda r: (r.key, r.currency))
    found = report.Aged(desk.as_of, desk.edges(), rows)
    made = report.aging_file(found, shape=shape, by=asked.by)
    return views._saved(made, _KINDS[shape], f"aging-{desk.as_of.isoformat()}.{shape}")


def _asked(request: HttpRequest, desk: read.Desk) -> Asked:
    """Return what is asked for. Raises: Http404 for what there is not."""
    said = {k: request.GET.get(k, "") for k in ("by", "entity", "currency", "column", "in", "is")}
    is_cut = any(said[k] for k in ("entity", "currency", "column", "in"))
    by = said["by"] or ("customer" if is_cut else "entity")
    if (
        by not in dict(PIVOTS)
        or (said["entity"] and said["entity"] not in desk.entities())
        or (said["column"] and said["column"] not in _columns(desk))
        or (said["in"] and said["in"] not in dict(PIVOTS))
    ):
        raise Http404
    within = (said["in"], said["is"]) if said["in"] else None
    return Asked(
        by, said["entity"], said["currency"], said["column"], within, request.GET.get("customer")
    )


def _is_cut(asked: Asked) -> bool:
    return bool(asked.entity or asked.currency or asked.column or asked.within)


def _columns(desk: read.Desk) -> list[str]:
    return report.columns(desk.edges())


def _is_bucket(column: str, columns: list[str]) -> bool:
    return column in columns[1:-3]


def _table(desk: read.Desk, asked: Asked, columns: list[str]) -> Table:
    """Return the rows asked for; the largest first where one column or currency is looked at."""

    def make(aged: report.Aged, _: object) -> Table:
        at = columns.index(asked.column) if asked.column else None
        rows = [
            r
            for r in aged.rows
            if asked.currency in ("", r.currency) and (at is None or _cells(r)[at])
        ]
        if asked.by == "customer" and (asked.currency or at is not None):
            place = len(columns) - 1 if at is None else at
            rows.sort(key=lambda r: (-abs(_cells(r)[place]), r.key, r.currency))
        currencies = sorted({r.currency for r in aged.rows})
        return Table(rows, ages.totals(rows), len({r.key for r in rows}), currencies)

    aged = desk.aged(by=asked.by, entity=asked.entity or None, within=asked.within)
    return desk.of(aged, f"table {asked}", make)


def _cells(r: ages.Row) -> tuple[int, ...]:
    return (r.not_due, *r.buckets, r.credits, r.unapplied, r.total)


_FIRST = 3
"""How many currencies the sentence names."""


def _leads(desk: read.Desk, totals: list[ages.Row]) -> list[tuple[ages.Row, int | None]]:
    """Return the totals that the sentence names, one's own currency first, with what is late."""
    base = desk.base_currency() if totals else ""
    some = sorted(totals, key=lambda r: (r.currency != base, r.currency))
    return [(r, _late_share(r)) for r in some[:_FIRST]]


def _late_share(r: ages.Row) -> int | None:
    """Return how much of what is open is past due, in whole percent; None where nothing is."""
    late = sum(r.buckets)
    whole = late + r.not_due
    return (200 * late + whole) // (2 * whole) if whole > 0 else None


def _names(desk: read.Desk, by: str, rows: Iterable[ages.Row]) -> dict[str, str]:
    if by == "customer":
        return desk.names_of(r.key for r in rows)
    return desk.entities() if by == "entity" else {}


def _doors(
    request: HttpRequest, asked: Asked, r: ages.Row, columns: list[str], *, is_total: bool = False
) -> list[tuple[str, int, str]]:
    """Return each number of a row under its column, with the address of what is behind it."""
    out = []
    for column, minor in zip(columns, _cells(r), strict=True):
        out.append(
            (column, minor, _door(request, asked, r, column, is_total=is_total) if minor else "")
        )
    return out


def _door(request: HttpRequest, asked: Asked, r: ages.Row, column: str, *, is_total: bool) -> str:
    """Return where a number leads: a customer's to its items, any other to its customers."""
    said = asked.query(currency=r.currency, column=column)
    if asked.by == "customer":
        return _to(request, "items", **(said | {"by": ""} | ({} if is_total else _one(r.key))))
    if is_total:
        return _to(request, **(said | {"by": "" if not asked.within else "customer"}))
    if asked.by == "entity":
        said["entity"] = r.key
    elif asked.by != "currency":
        return _to(request, **(said | {"by": "customer", "in": asked.by, "is": r.key}))
    return _to(request, **(said | {"by": "" if not asked.within else "customer"}))


def _one(customer: str) -> dict[str, str]:
    return {"customer": customer}


def _to(request: HttpRequest, *path: str, **query: str) -> str:
    """Return an address of the aging, on the day looked at."""
    day = request.GET.get("as_of")
    more = {"as_of": day} if day else {}
    return marks.href(["aging", *path], query | more, as_of=None)


def _after(request: HttpRequest) -> open_items.Place | None:
    """Return where the page begins. Raises: Http404 for what is no place."""
    text = request.GET.get("after", "")
    if not text:
        return None
    rank, _, rest = text.partition("_")
    day, _, number = rest.partition("_")
    try:
        return open_items.Place(int(rank), dt.date.fromisoformat(day).isoformat(), int(number))
    except ValueError:
        raise Http404 from None


# --- over time ------------------------------------------------------------------------------------


def _pictures(found: list[report.Aged], width: int) -> list[Picture]:
    """Draw each currency: a band an age, the amounts of the month ends above each other."""
    currencies = sorted({r.currency for a in found for r in a.rows})
    out = []
    for currency in currencies:
        rows = [(a.as_of, _row_of(a.rows, currency, width)) for a in found]
        stacks = [_stacked(cells[:-3]) for _, cells in rows]
        top = max((s[-1] for s in stacks), default=0)
        out.append(Picture(currency, list(_bands(stacks, top)), rows, top))
    return out


def _row_of(rows: Iterable[ages.Row], currency: str, width: int) -> tuple[int, ...]:
    return next((_cells(r) for r in rows if r.currency == currency), (0,) * width)


def _stacked(cells: tuple[int, ...]) -> list[int]:
    """Return where each band ends, from the bottom; what is below nothing has no height."""
    out, sum_ = [0], 0
    for minor in cells:
        sum_ += max(minor, 0)
        out.append(sum_)
    return out


def _bands(stacks: list[list[int]], top: int) -> Iterable[Band]:
    if not top or len(stacks) < 2:
        return
    step = _WIDTH / (len(stacks) - 1)
    for band in range(len(stacks[0]) - 1):
        above = [(n * step, s[band + 1]) for n, s in enumerate(stacks)]
        below = [(n * step, s[band]) for n, s in reversed(list(enumerate(stacks)))]
        points = (f"{x:.1f},{_HEIGHT - _HEIGHT * y / top:.1f}" for x, y in (*above, *below))
        yield Band(band, " ".join(points))
