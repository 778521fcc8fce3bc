"""`dunwell outstanding`: days outstanding by any key, who changed, and what late payers share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from dunwell.cli import door, show

if TYPE_CHECKING:
    from dunwell.desk.outstanding import Changed, Row

BY = ("customer", "region", "country", "segment", "owner", "terms", "entity")
KINDS = ("region", "country", "segment", "owner", "terms")


def add_to(main: click.Group) -> None:
    """Add these commands."""
    group = main.group("outstanding", help="How many days money stays out.")(lambda: None)
    _list(group)
    _show(group)

    @door.command(group, "changes", help="List who pays later than before, and who pays earlier.")
    @_days()
    @show.format_option()
    @door.as_of_option()
    def changes(at: door.Door, *, days: int, shape: str, as_of: dt.date | None) -> None:
        _changes(at, days, shape, as_of)

    @door.command(
        group, "hints", without=["by"],
        help="Say which kinds of customer pay late, and what in terms or invoicing goes with it.",
    )  # fmt: skip
    @click.option(
        "--by", "by", type=click.Choice(KINDS), default="region", show_default=True,
        help="which kinds of customer are set against the rest of the book",
    )  # fmt: skip
    @_days()
    @show.format_option()
    @door.as_of_option()
    def hints(at: door.Door, **values: Any) -> None:
        _hints(at, **values)


def _list(group: click.Group) -> None:
    @door.command(group, "list", without=["by"], help="Show the measures by any key, per currency.")
    @click.option(
        "--by", "by", type=click.Choice(BY), default="customer", show_default=True,
        help="what each row is about",
    )  # fmt: skip
    @_days()
    @show.format_option()
    @door.as_of_option()
    def list_(at: door.Door, *, by: str, days: int, shape: str, as_of: dt.date | None) -> None:
        from dunwell.desk import outstanding, outstanding_file

        book = outstanding.load(at.scope, as_of=at.day(as_of), days=days)
        rows, totals = outstanding.rows(book, by=by), outstanding.totals(book)
        if shape == "json":
            show.as_json(
                {
                    **outstanding_file.span(at.day(as_of), days), "by": by,
                    "rows": [outstanding_file.row(r) for r in rows],
                    "totals": [_without_key(outstanding_file.row(r)) for r in totals],
                }
            )  # fmt: skip
        elif shape == "csv":
            show.as_csv(outstanding_file.heading(by), (outstanding_file.line(r) for r in rows))
        else:
            _as_table(rows, totals, by=by, title=f"days outstanding {at.day(as_of)}, {days} days")


def _show(group: click.Group) -> None:
    @door.command(group, "show", help="Show one customer's measures, and whether it has changed.")
    @click.argument("customer")
    @_days()
    @show.format_option()
    @door.as_of_option()
    def show_(
        at: door.Door, *, customer: str, days: int, shape: str, as_of: dt.date | None
    ) -> None:
        from dunwell.desk import outstanding, outstanding_file

        found = outstanding.one(at.scope, customer, as_of=at.day(as_of), days=days)
        if shape == "json":
            show.as_json(outstanding_file.one(found))
        elif shape == "csv":
            show.as_csv(
                outstanding_file.heading("customer"), map(outstanding_file.line, found.rows)
            )
        else:
            title = f"days outstanding {at.day(as_of)}, {days} days"
            _as_table(found.rows, [], by="customer", title=title)
            show.say(outstanding.said_of(found.change))


def _days() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--days", type=click.IntRange(30, 730), default=90, show_default=True, metavar="N",
        help="how many days up to that day are looked at, 30 to 730",
    )  # fmt: skip


def _without_key(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "key"}


HEADING = (
    "currency", "open", "past due", "DSO", "counted back", "best", "late", "to pay", "CEI",
    "within 30",
)  # fmt: skip


def _as_table(rows: list[Row], totals: list[Row], *, by: str, title: str) -> None:
    show.as_table(
        (by, *HEADING), ((r.key or "(not known)", *_cells(r)) for r in rows), title=title,
        right=tuple(range(2, 11)),
    )  # fmt: skip
    for total in totals:
        figures = " · ".join(
            f"{name} {cell}" for name, cell in zip(HEADING[1:], _cells(total)[1:], strict=True)
        )
        show.say(f"all {total.currency}: {figures}")


def _cells(r: Row) -> list[str]:
    m = r.measures
    back = "" if m.countback is None else f"{'over ' if m.is_capped else ''}{m.countback}"
    return [
        r.currency, show.amount(r.of.open, r.currency), _percent(m.past_due), _figure(m.dso), back,
        _figure(m.best), _figure(m.late), _figure(m.to_pay), _percent(m.effective),
        _percent(m.collected),
    ]  # fmt: skip


def _figure(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value} %"


def _changes(at: door.Door, days: int, shape: str, as_of: dt.date | None) -> None:
    from dunwell.desk import outstanding, outstanding_file

    book = outstanding.load(at.scope, as_of=at.day(as_of), days=days)
    found, before = book.changes, book.period.before.days
    sides = (("worse", found.worse), ("better", found.better))
    if shape == "json":
        show.as_json(
            {
                **outstanding_file.span(at.day(as_of), days),
                "days_before": before,
                **{n: [outstanding_file.changed(c) for c in side] for n, side in sides},
                "compared": found.compared,
                "too_few": found.too_few,
            }
        )
        return
    rows = [_change(c) for _, side in sides for c in side]
    heading = ("customer", "verdict", "before", "now", "invoices before", "invoices now")
    if shape == "csv":
        show.as_csv(heading, rows)
    else:
        show.as_table(heading, rows, title="days after the due date", right=(2, 3, 4, 5))
    show.say(
        f"{found.compared} customers compared with the {before} days before; "
        f"of {found.too_few} too little is known"
    )


def _change(found: Changed) -> tuple[Any, ...]:
    c = found.change
    return (found.customer, c.verdict, c.before, c.now, c.invoices_before, c.invoices_now)


def _hints(at: door.Door, *, by: str, days: int, shape: str, as_of: dt.date | None) -> None:
    from dunwell.desk import outstanding, outstanding_file

    book = outstanding.load(at.scope, as_of=at.day(as_of), days=days)
    kinds, said = outstanding.kinds(book, by=by), outstanding.said(book)
    if shape == "json":
        show.as_json(
            {
                **outstanding_file.span(at.day(as_of), days), "by": by,
                "kinds": [outstanding_file.kind(k) for k in kinds],
                "hints": [outstanding_file.hint(h) for h in said.found],
                "compared": said.made, "too_few": said.too_few,
            }
        )  # fmt: skip
        return
    heading = (by, "verdict", "customers", "days late", "others", "their days late")
    rows = [
        (k.key or "(not known)", k.verdict.replace("_", " "), k.customers, k.late, k.others,
         k.others_late) for k in kinds
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, rows)
    else:
        show.as_table(heading, rows, title=f"days late by {by}", right=(2, 3, 4, 5))
    for h in said.found:
        show.say(f"{h.sentence} What could help: {h.do}.")
    if not said.found:
        show.say(f"{said.made} things looked at; nothing differs by more than luck")
