"""Reports for people and other programs: the aging, as data, spreadsheet, page or PDF."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
from collections.abc import Sequence
from typing import NamedTuple

import xlsxwriter  # type: ignore[import-untyped]

from dunwell.core import aging, cells, money
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery import letter
from dunwell.store import models, policies, tx
from dunwell.store.lists import aged, month_ends, open_items

Tell = aged.Tell


class Aged(NamedTuple):
    """An aging report: the day, its bucket edges and its rows."""

    as_of: dt.date
    edges: tuple[int, ...]
    rows: list[aging.Row]


def aging_rows(
    scope: Scope,
    *,
    as_of: dt.date,
    by: str,
    entity: str | None,
    within: tuple[str, str] | None = None,
    tell: Tell = lambda done, whole: None,
) -> Aged:
    """Return the aging as of a day, with the buckets of the first entity's policy.

    `within` limits it to one value of another key, such as ("region", "north").
    Raises: Refused for an entity there is not.
    """
    with tx.reading(scope):
        mine = models.Entity.objects.filter(organisation_id=scope.organisation_id)
        if entity is not None and not mine.filter(code=entity).exists():
            codes = ", ".join(mine.order_by("code").values_list("code", flat=True))
            raise Refused("unknown_entity", f"no entity {entity!r}; there is {codes}")
        edges = bucket_edges(scope)
        rows = aged.rows(
            scope, as_of=as_of, edges=edges, by=by, entity=entity, within=within, tell=tell
        )
        return Aged(as_of, edges, rows)


def trend(
    scope: Scope,
    *,
    as_of: dt.date,
    entity: str | None,
    currency: str | None,
    months: int = 12,
    tell: Tell = lambda done, whole: None,
) -> list[Aged]:
    """Return the aging by currency at the last month ends, the earliest first.

    A past day counts by effective dates and what is known now, as `aging_rows` does.
    """
    with tx.reading(scope):
        edges, days = bucket_edges(scope), aging.month_ends(as_of, months)
        opens = month_ends.open_amounts(
            scope, days=days, entity=entity, currency=currency, tell=tell
        )
        return [Aged(d, edges, aging.age(opens[d], as_of=d, edges=edges)) for d in days]


def behind(
    scope: Scope,
    cut: open_items.Cut,
    *,
    as_of: dt.date,
    after: open_items.Place | None = None,
    limit: int = 100,
) -> open_items.Behind:
    """Return the items and money behind one number of the aging, and what they add up to.

    Raises: Refused for a column there is not.
    """
    with tx.reading(scope):
        edges = bucket_edges(scope)
        if cut.column and cut.column not in columns(edges):
            raise Refused("unknown_column", f"the aging has no column {cut.column[:20]!r}")
        return open_items.behind(scope, cut, as_of=as_of, edges=edges, after=after, limit=limit)


def columns(edges: Sequence[int]) -> list[str]:
    """Name the columns of the aging.

    >>> columns((30,))
    ['not due', '1-30', '31+', 'credits', 'unapplied', 'total']
    """
    return ["not due", *aging.labels(edges), "credits", "unapplied", "total"]


def bucket_edges(scope: Scope) -> tuple[int, ...]:
    """Return the aging's bucket edges, in days past due: those of the first entity's policy."""
    with tx.reading(scope):
        mine = models.Entity.objects.filter(organisation_id=scope.organisation_id)
        entity = mine.order_by("pk").first()
        if entity is None:
            return aging.DEFAULT_EDGES
        return tuple(policies.current(scope, entity.policy)[1].settings.aging_buckets)


def aging_file(found: Aged, *, shape: str, by: str) -> bytes:
    """Return the report as csv, xlsx, html or pdf."""
    if shape == "csv":
        return _csv(found, by)
    if shape == "xlsx":
        return _xlsx(found, by)
    heading = _heading(found, by)
    lines = [_line(r) for r in found.rows]
    totals = [["Total", *_line(r)[1:]] for r in aging.totals(found.rows)]
    title = f"Aging as of {found.as_of.isoformat()}"
    if shape == "html":
        return _html(title, heading, lines, totals)
    return letter.table(title=title, heading=heading, rows=[*lines, *totals], strong=len(totals))


def _heading(found: Aged, by: str) -> list[str]:
    return [
        by.capitalize(), "Currency", "Not due", *aging.labels(found.edges), "Credits", "Unapplied",
        "Total",
    ]  # fmt: skip


def _amounts(r: aging.Row) -> tuple[int, ...]:
    return (r.not_due, *r.buckets, r.credits, r.unapplied, r.total)


def _line(r: aging.Row) -> list[str]:
    return [r.key, r.currency, *(f"{money.to_decimal(m, r.currency):,}" for m in _amounts(r))]


def _csv(found: Aged, by: str) -> bytes:
    """Write the rows as `dunwell aging --format csv` does."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([by, "currency", *columns(found.edges)])
    for r in found.rows:
        table.writerow(
            [
                cells.safe_cell(r.key),
                r.currency,
                *(money.to_decimal(m, r.currency) for m in _amounts(r)),
            ]
        )
    return out.getvalue().encode()


def _xlsx(found: Aged, by: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Aging")
    bold = book.add_format({"bold": True, "bottom": 1})
    heading = _heading(found, by)
    sheet.write_row(0, 0, [f"Aging as of {found.as_of.isoformat()}"], book.add_format({"bold": 1}))
    sheet.write_row(2, 0, heading, bold)
    for n, r in enumerate(found.rows, start=3):
        _xlsx_row(book, sheet, n, r, r.key)
    for n, r in enumerate(aging.totals(found.rows), start=len(found.rows) + 4):
        _xlsx_row(book, sheet, n, r, "Total")
    sheet.freeze_panes(3, 1)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, len(heading), 14)
    book.close()
    return out.getvalue()


def _xlsx_row(
    book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, n: int, r: aging.Row, key: str
) -> None:
    places = money.exponent(r.currency)
    style = book.add_format({"num_format": "#,##0" + ("." + "0" * places if places else "")})
    sheet.write_string(n, 0, str(cells.safe_cell(key)))
    sheet.write_string(n, 1, r.currency)
    for column, minor in enumerate(_amounts(r), start=2):
        sheet.write_number(n, column, money.to_decimal(minor, r.currency), style)


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1d2430}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.3rem .8rem;text-align:right;border-bottom:1px solid #e3e6eb}"
    "th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}"
    "tfoot td{font-weight:600;border-top:2px solid #1d2430}"
)


def _html(title: str, heading: list[str], lines: list[list[str]], totals: list[list[str]]) -> bytes:
    def row(tag: str, cells_: list[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells_) + "</tr>"

    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><table><thead>{row('th', heading)}"
        f"</thead><tbody>{''.join(row('td', x) for x in lines)}</tbody>"
        f"<tfoot>{''.join(row('td', x) for x in totals)}</tfoot></table></body></html>"
    )
    return page.encode()
