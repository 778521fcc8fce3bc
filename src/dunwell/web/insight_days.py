"""Days outstanding: how long money stays out, by any key, who changed, which kinds pay late.

Read top-down: `days` is the page, `changed` the whole list of who got worse or better, `lines`
the invoices behind one customer's number, `export` the table as a file. Every number opens the
customers or invoices that add up to it; currencies are never added together. The book is read
once and kept until it changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse

from dunwell.core.outstanding import hints, payers
from dunwell.desk import outstanding, outstanding_file
from dunwell.desk.outstanding import Book, Row
from dunwell.web import marks, read, views, words

PIVOTS = (
    ("region", "region"), ("country", "country"), ("segment", "segment"), ("owner", "owner"),
    ("terms", "payment terms"), ("entity", "company"), ("customer", "customer"),
)  # fmt: skip
"""What the rows can be about, and what to call it."""
WINDOWS = (90, 365)
_MANY = {"company": "companies", "country": "countries", "payment terms": "payment terms"}
_FIRST = 8
"""How many of those who changed the page shows; the rest is a click away."""
COLUMNS = (
    ("open", "Open", "open"), ("past_due", "Past due", "open"), ("dso", "Days of sales", "open"),
    ("countback", "Counted back", "open"), ("best", "Best possible", "open"),
    ("late", "Days late", "late"), ("to_pay", "Days to pay", "paid"),
    ("effective", "Effectiveness", "billed"), ("collected", "Within 30 days", "due"),
)  # fmt: skip
"""The columns: which figure, its heading, and what stands behind it at a customer."""
_VERDICTS = {
    "late": "pay later than the others", "early": "pay earlier than the others",
    "like_others": "no clear difference", "too_few": "too few customers to say",
}  # fmt: skip
_BEHIND = {
    "open": "open, and credit against it", "late": "settled in these days, or overdue",
    "paid": "paid in these days", "billed": "billed in these days, less credit notes",
    "due": "due, with their 30 days over in these days",
}  # fmt: skip


class Asked(NamedTuple):
    """What is looked at, as the address says it."""

    by: str
    days: int
    currency: str
    within: tuple[str, str] | None

    def query(self, **other: str) -> dict[str, str]:
        """Return the address's fields, some of them others."""
        said = {"by": self.by, "days": str(self.days), "currency": self.currency}
        if self.within is not None:
            said |= {"in": self.within[0], "is": self.within[1]}
        return {k: v for k, v in (said | other).items() if v}


class Cell(NamedTuple):
    """One number: its column, how it is written, and what it opens."""

    column: str
    shown: str
    href: str


class Kind(NamedTuple):
    """A kind of customer as it is shown: the customers it rests on are a click away."""

    of: payers.Kind
    name: str
    verdict: str
    href: str


@views._page
def days(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The measures by a key, and, of the whole book, who changed and what late payers share."""
    asked = _asked(request)
    book, rows, totals = _found(desk, asked)
    shown, noun = views.paged(request, rows), dict(PIVOTS)[asked.by]
    names = _names(desk, asked, shown)
    main = _main(desk, totals)
    return views.page(
        request, "insight_days.html", "Days outstanding",
        asked=asked, columns=[(c, name) for c, name, _ in COLUMNS], noun=noun,
        rows=[
            (r, names.get(r.key) or _named(asked.by, r.key), _cells(request, asked, r), _drawn(r))
            for r in shown
        ],
        most=max(map(_drawn, rows), default=0),
        totals=[(r, _cells(request, asked, r, is_total=True), _drawn(r)) for r in totals],
        main=main, of_main=_to(request, **asked.query(by="customer", currency=main.currency))
        if main else "",
        others=len(totals) - 1, pages=views.pages(request, len(rows)),
        counted=words.count(len({r.key for r in rows}), noun, _MANY.get(noun, "")),
        pivots=[(by, name, _to(request, **asked.query(by=by))) for by, name in PIVOTS],
        windows=[(n, _to(request, **asked.query(days=str(n)))) for n in WINDOWS],
        currencies=book.currencies,
        within_=_within_words(asked), everything=_to(request, days=str(asked.days)),
        export=_to(request, "export", **asked.query()),
        whole=None if asked.within else _whole(request, desk, asked, book),
    )  # fmt: skip


@views._page
def changed(request: HttpRequest, desk: read.Desk, how: str) -> HttpResponse:
    """Everybody who pays later than before, or earlier."""
    asked = _asked(request)
    book = _book(desk, asked.days)
    changes = book.changes
    if how not in ("worse", "better"):
        raise Http404
    found = changes.worse if how == "worse" else changes.better
    shown = views.paged(request, found)
    return views.page(
        request, "insight_days_changed.html", "Days outstanding",
        asked=asked, how=how, n=len(found), changes=changes, before=book.period.before.days,
        rows=_changed(request, asked, shown),
        names=desk.names_of(c.customer for c in shown), pages=views.pages(request, len(found)),
        back=_to(request, days=str(asked.days)),
    )  # fmt: skip


@views._page
def lines(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The invoices and payments behind one customer's number."""
    asked = _asked(request)
    customer, what = request.GET.get("customer", ""), request.GET.get("what", "")
    if what not in _BEHIND or not asked.currency:
        raise Http404
    found = outstanding.behind(
        desk.scope, customer, what=what, currency=asked.currency, as_of=desk.as_of,
        days=asked.days, entities=_entities(desk, asked, customer),
    )  # fmt: skip
    average = None
    if what in ("late", "paid") and found.total > 0:
        average = outstanding.tenth(found.weighed, found.total)
    here = {"customer": customer, **asked.query(by="")}
    return views.page(
        request, "insight_days_lines.html", "Days outstanding",
        asked=asked, customer=customer, names=desk.names_of([customer]), what=what, found=found,
        of_what=_BEHIND[what], rows=[(x, m, w, _days_of(m, w, what)) for x, m, w in
                                  views.paged(request, found.lines)],
        average=average, pages=views.pages(request, len(found.lines)),
        start=outstanding.start_of(desk.as_of, asked.days),
        tabs=[(w, _to(request, "lines", **here, what=w)) for w in _BEHIND],
        back=_to(request, **asked.query(by="customer")),
    )  # fmt: skip


@views._page
def export(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The rows of the table as a file, as `dunwell outstanding list --format csv` makes it."""
    asked = _asked(request)
    rows = sorted(_found(desk.at_once, asked).rows, key=lambda r: (r.key, r.currency))
    made = outstanding_file.as_csv(rows, by=asked.by)
    name = f"days-outstanding-{desk.as_of.isoformat()}.csv"
    return views._saved(made, "text/csv; charset=utf-8", name)


# --- what is asked for, and kept ------------------------------------------------------------------


def _asked(request: HttpRequest) -> Asked:
    """Return what is asked for. Raises: Http404 for what there is not."""
    by, window = request.GET.get("by", "region"), request.GET.get("days", str(WINDOWS[0]))
    inside = request.GET.get("in", "")
    if (
        by not in dict(PIVOTS)
        or window not in {str(n) for n in WINDOWS}
        or (inside and inside not in (*dict(PIVOTS), "trait", "method"))
    ):
        raise Http404
    within = (inside, request.GET.get("is", "")) if inside else None
    return Asked(by, int(window), request.GET.get("currency", ""), within)


def _book(desk: read.Desk, window: int) -> Book:
    return desk.once(
        f"outstanding {window}",
        lambda: outstanding.load(desk.scope, as_of=desk.as_of, days=window),
        words=_WORDS,
    )


class Found(NamedTuple):
    """The table asked for, and the book it is made of: all as known at one moment."""

    book: Book
    rows: list[Row]
    totals: list[Row]


def _found(desk: read.Desk, asked: Asked) -> Found:
    """Return the rows asked for; customers of one currency with the most open first."""

    def make() -> Found:
        book = _book(desk, asked.days)
        rows, totals = (
            [r for r in found if asked.currency in ("", r.currency)]
            for found in (
                outstanding.rows(book, by=asked.by, within=asked.within),
                outstanding.totals(book, within=asked.within),
            )
        )
        if asked.by == "customer" and asked.currency:
            rows.sort(key=lambda r: (-r.of.open, r.key))
        return Found(book, rows, totals)

    return desk.once(f"outstanding rows {asked}", make, words=_WORDS)


_WORDS = "the days that money stays out are counted"


def _main(desk: read.Desk, totals: list[Row]) -> Row | None:
    """Return the total that the sentence tells: of the first company's currency if there is one."""
    if not totals:
        return None
    base = desk.base_currency()
    return next((r for r in totals if r.currency == base), totals[0])


def _names(desk: read.Desk, asked: Asked, rows: Iterable[Row]) -> dict[str, str]:
    if asked.by == "customer":
        return desk.names_of(r.key for r in rows)
    return desk.entities() if asked.by == "entity" else {}


def _entities(desk: read.Desk, asked: Asked, customer: str) -> frozenset[str] | None:
    """Return at which companies a customer's lines count, where only some of them do."""
    if asked.within is None or asked.within[0] not in ("entity", "segment"):
        return None
    book = _book(desk, asked.days)
    return frozenset(
        a.entity
        for a in book.accounts
        if a.customer == customer and outstanding.holds(book, a, *asked.within)
    )


def _within_words(asked: Asked) -> str:
    """Say in words which customers are looked at."""
    if asked.within is None:
        return ""
    key, value = asked.within
    if key == "trait":
        return hints.TRAITS[value].who if value in hints.TRAITS else value
    if key == "method":
        return f"Customers who pay by {words.plain(value)}"
    return f"{words.titled(dict(PIVOTS)[key])} {_named(key, value) or 'not known'}"


def _named(by: str, key: str) -> str:
    """Write a value of a key as people say it; a customer's reference is not its name."""
    if by == "customer":
        return ""
    return words.plain(key) if by == "segment" else key


# --- what is shown --------------------------------------------------------------------------------


def _cells(request: HttpRequest, asked: Asked, r: Row, *, is_total: bool = False) -> list[Cell]:
    return [
        Cell(column, _written(r, column), _door(request, asked, r, what, is_total=is_total))
        for column, _, what in COLUMNS
    ]


def _written(r: Row, column: str) -> str:
    """Write a figure of a row; nothing where there is none."""
    if column == "open":
        return marks.figure(r.of.open, r.currency) if r.of.open else ""
    value: Decimal | None = getattr(r.measures, column)
    if value is None:
        return ""
    shown = f"{value:,}".replace("-", "\N{MINUS SIGN}")
    if column in ("past_due", "effective", "collected"):
        return f"{shown}\N{NO-BREAK SPACE}%"
    return f"over {shown}" if column == "countback" and r.measures.is_capped else shown


def _drawn(r: Row) -> int:
    """Return days late as a bar is drawn: in tenths."""
    return int((r.measures.late or 0) * 10)


def _door(request: HttpRequest, asked: Asked, r: Row, what: str, *, is_total: bool) -> str:
    """Return where a number leads: a customer's to its invoices, any other to its customers."""
    said = asked.query(currency=r.currency)
    if is_total:
        return _to(request, **(said | {"by": "customer"}))
    if asked.by == "customer":
        return _to(request, "lines", **(said | {"by": "", "customer": r.key, "what": what}))
    if asked.within is not None:
        # One key at a time: what is looked at inside another key leads to that one's customers.
        return _to(request, **(said | {"by": "customer"}))
    return _to(request, **(said | {"by": "customer", "in": asked.by, "is": r.key}))


def _to(request: HttpRequest, *path: str, **query: str) -> str:
    """Return an address of these pages, on the day looked at."""
    day = request.GET.get("as_of")
    more = {"as_of": day} if day else {}
    return marks.href(["insights", "days", *path], query | more, as_of=None)


def _whole(request: HttpRequest, desk: read.Desk, asked: Asked, book: Book) -> dict[str, object]:
    """Return what is said of the whole book: who changed, which kinds pay late, hints."""
    key = asked.by if asked.by in outstanding.KINDS else "region"
    kinds = desk.of(
        book, f"outstanding kinds {asked.days} {key}", lambda b, _: outstanding.kinds(b, by=key)
    )
    said = desk.of(book, f"outstanding hints {asked.days}", lambda b, _: outstanding.said(b))
    window, changes = str(asked.days), book.changes
    first = [*changes.worse[:_FIRST], *changes.better[:_FIRST]]
    return {
        "changes": changes, "before": book.period.before.days,
        "names": desk.names_of(c.customer for c in first),
        "sides": [
            (how, len(side), _to(request, "changed", how, days=window),
             _changed(request, asked, side[:_FIRST]))
            for how, side in (("worse", changes.worse), ("better", changes.better))
        ],
        "kinds_by": dict(PIVOTS)[key], "is_other": key != asked.by,
        "kinds": [
            Kind(k, _named(key, k.key), _VERDICTS[k.verdict],
                 _to(request, by="customer", days=window, **{"in": key, "is": k.key}))
            for k in kinds
        ],
        "hints": said, "rest_on": [
            (h, _to(request, by="customer", days=window, **{"in": h.kind, "is": h.value}))
            for h in said.found
        ],
        "level": LEAST,
    }  # fmt: skip


LEAST = {
    "invoices": payers.LEAST_INVOICES, "occasions": payers.LEAST_OCCASIONS,
    "customers": payers.LEAST_CUSTOMERS, "of_one": payers.LEAST_OF_ONE,
    "shift": payers.LEAST_SHIFT,
}  # fmt: skip


def _changed(
    request: HttpRequest, asked: Asked, found: Iterable[outstanding.Changed]
) -> list[tuple[outstanding.Changed, str]]:
    """Return who changed, each with the address of its own numbers."""
    return [
        (
            c,
            _to(request, by="customer", days=str(asked.days),
                **{"in": "customer", "is": c.customer}),
        )
        for c in found
    ]  # fmt: skip


def _days_of(minor: int, weighed: int, what: str) -> Decimal | None:
    """Return the days one line counts with."""
    if what not in ("late", "paid") or minor <= 0:
        return None
    return outstanding.tenth(weighed, minor)
