"""The book: set up, take files in, age it."""

from __future__ import annotations

import datetime as dt
import locale
import sys
import zoneinfo
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dunwell.cli import door, shapes, show
from dunwell.core import aging, money
from dunwell.core.errors import Refused

KINDS = ("customers", "contacts", "items", "payments", "history", "rates", "orders")


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @door.command(main, "init")
    @click.option("--entity", default="MAIN", show_default=True, metavar="CODE")
    @click.option("--currency", metavar="ISO", help="base currency; by default of the locale")
    @click.option("--time-zone", metavar="ZONE", help="such as Europe/Berlin")
    @click.option("--country", metavar="ISO", help="whose holidays count, such as DE")
    @click.option("--name", default="", help="the entity's name on messages")
    @click.option("--policy", default="classic", show_default=True)
    def init(at: door.Door, **values: Any) -> None:
        """Set up one organisation with one entity, and the built-in policies. Asks nothing."""
        _init(at, **values)

    @door.command(main, "entity", help="Add another entity to the organisation.")
    @click.argument("code")
    @click.option("--currency", required=True)
    @click.option("--time-zone", required=True)
    @click.option("--country", required=True)
    @click.option("--name", default="")
    @click.option("--policy", default="classic", show_default=True)
    def entity(at: door.Door, code: str, **values: str) -> None:
        from dunwell.desk import found

        found.add_entity(at.scope, _entity(code, **values), now=at.now)
        show.say(f"entity {code} added")

    @door.command(main, "user", help="Add a user, with the roles they hold.")
    @click.argument("name")
    @click.option("--role", "roles", multiple=True, required=True)
    def user(at: door.Door, name: str, roles: tuple[str, ...]) -> None:
        from dunwell.desk import found

        found.add_user(at.scope, name, roles=roles, now=at.now)
        show.say(f"user {name}: {', '.join(roles)}")

    @door.command(main, "import")
    @click.argument("kind", type=click.Choice(KINDS))
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option(
        "--map",
        "mapping",
        type=click.Path(exists=True, path_type=Path),
        help="what the file's columns mean (YAML)",
    )
    @click.option("--sheet", help="which sheet of a spreadsheet")
    @click.option("--dry-run", is_flag=True, help="check and count, change nothing")
    @click.option(
        "--control-total",
        "totals",
        multiple=True,
        metavar="EUR=1234.56",
        help="what your ledger says is open, by currency",
    )
    @click.option("--full", is_flag=True, help="the file lists every open item; others are settled")
    @click.option("--strict", is_flag=True, help="take nothing if anything is wrong")
    @click.option("--key", "request_key", metavar="KEY", help="the same key is done once")
    @show.format_option()
    @door.as_of_option()
    def import_(at: door.Door, **values: Any) -> int:
        """Take a file into the book: customers, contacts, items, payments, history, rates, orders.

        Good rows go in, the others are named with line, column and what would do. The same
        file twice changes nothing. `--as-of` is the day the file speaks for.
        """
        return _import(at, **values)

    @door.command(main, "aging", without=["by"])
    @click.option(
        "--by",
        "by",
        type=click.Choice(["customer", "segment", "region", "owner", "entity", "currency"]),
        default="customer",
        show_default=True,
    )
    @click.option("--entity", help="one entity only")
    @click.option("--out", type=click.Path(path_type=Path), help="file for xlsx, html and pdf")
    @show.format_option("xlsx", "html", "pdf")
    @door.as_of_option()
    def aging_(at: door.Door, **values: Any) -> None:
        """Show what is open by age, as of any day, tied out to the cent."""
        _aging(at, **values)


def _init(at: door.Door, *, entity: str, **values: Any) -> None:
    from dunwell.desk import found

    at.open(makes=True)
    made = _entity(entity, **values)
    scope = found.run(at.organisation or "main", [made], by=at.by, now=at.now)
    at.__dict__["scope"] = scope
    at.seal()
    show.say(
        f"organisation {scope.organisation} in {at.home}: entity {made.code}, {made.currency}, "
        f"{made.time_zone}, {made.country}; policy {made.policy}; messages go to files in "
        f"{at.home / 'outbox'}.\nNext: dunwell import items FILE"
    )


def _entity(
    code: str,
    *,
    currency: str | None,
    time_zone: str | None,
    country: str | None,
    name: str,
    policy: str,
) -> Any:
    from dunwell.desk import found

    here = _locale()
    country = (country or here[0] or "US").upper()
    currency = (currency or here[1] or "USD").upper()
    time_zone = time_zone or here[2] or "UTC"
    try:
        money.exponent(currency)
    except KeyError:
        raise Refused("unknown_currency", f"{currency!r} is not an ISO 4217 code") from None
    try:
        zoneinfo.ZoneInfo(time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(
            "unknown_time_zone", f"{time_zone!r} is no zone such as Europe/Berlin"
        ) from None
    return found.NewEntity(code, currency, time_zone, country, name, policy)


def _locale() -> tuple[str, str, str]:
    """Return the country, currency and time zone of the machine's locale, where it has one."""
    from babel import numbers  # the locale's currency is data Babel has

    name = (locale.getlocale()[0] or "").split(".")[0]
    country = name.rpartition("_")[2] if "_" in name else ""
    if len(country) != 2 or not country.isupper():
        return "", "", ""
    found = numbers.get_territory_currencies(country)
    zones = {"DE": "Europe/Berlin", "AT": "Europe/Vienna", "CH": "Europe/Zurich",
             "FR": "Europe/Paris", "GB": "Europe/London", "ES": "Europe/Madrid",
             "IT": "Europe/Rome", "NL": "Europe/Amsterdam", "PT": "Europe/Lisbon"}  # fmt: skip
    return country, found[0] if found else "", zones.get(country, "")


def _import(
    at: door.Door,
    *,
    kind: str,
    file: Path,
    mapping: Path | None,
    sheet: str | None,
    dry_run: bool,
    totals: Sequence[str],
    full: bool,
    strict: bool,
    request_key: str | None,
    shape: str,
    as_of: dt.date | None,
) -> int:
    from dunwell import intake
    from dunwell.desk import receive, setting

    scope = at.scope
    source = intake.open_source(
        file,
        kind,
        mapping=intake.load_mapping(mapping) if mapping else None,
        defaults=intake.Defaults(currency=setting.base_currency(scope)),
        sheet=sheet,
    )
    for guess in source.guesses:
        show.say(f"{file.name}: {guess}")
    told = 0

    def progress(rows: int) -> None:
        nonlocal told
        if rows - told >= 50_000:
            told = rows
            show.say(f"  {rows:,} rows read")

    report = receive.run(
        scope, kind, source.batches(), file=file.name, sha256=source.sha256, as_of=at.day(as_of),
        now=at.now, is_dry=dry_run, is_strict=strict, is_full=full, control=_control(totals),
        progress=progress,
    )  # fmt: skip
    at.seal()
    errors = [c for c in report.complaints if c.severity == "error"]
    if shape == "json":
        show.as_json(
            {
                "kind": kind, "file": file.name, "as_of": report.as_of, "state": report.state,
                "counts": report.counts, "totals": report.totals,
                "control": {c: {"want": w, "found": f} for c, (w, f) in report.control.items()},
                "settled": report.settled,
                "complaints": report.complaints,
            }
        )  # fmt: skip
    else:
        _say_report(report)
    return door.COMPLAINTS if errors or not report.ties_out else 0


def _say_report(report: Any) -> None:
    counts = {k: v for k, v in report.counts.items() if v}
    words = ", ".join(f"{v:,} {k.replace('_', ' ')}" for k, v in counts.items()) or "nothing"
    show.say(f"{report.file} ({report.kind}, as of {report.as_of}): {report.state}; {words}")
    for complaint in report.complaints[:50]:
        show.say(f"  {complaint}")
    if len(report.complaints) > 50:
        show.say(f"  … and {len(report.complaints) - 50:,} more (all with --format json)")
    for currency, (want, found) in report.control.items():
        off = found - want
        said = "ties out" if not off else f"is off by {money.text(off, currency)}"
        show.say(f"  control total {money.text(want, currency)}: the book {said}")
    if report.settled:
        some = ", ".join(report.settled[:10])
        show.say(f"  {len(report.settled):,} items not listed any more, taken as settled: {some}")


def _control(given: Sequence[str]) -> dict[str, int]:
    from decimal import Decimal, InvalidOperation

    found = {}
    for text in given:
        currency, _, value = text.partition("=")
        try:
            found[currency.upper()] = money.to_minor(Decimal(value), currency.upper())
        except (InvalidOperation, KeyError, ValueError):
            raise click.BadParameter(
                f"{text!r}: write CURRENCY=AMOUNT, such as EUR=1234.56",
                param_hint="--control-total",
            ) from None
    return found


def _aging(
    at: door.Door,
    *,
    by: str,
    entity: str | None,
    out: Path | None,
    shape: str,
    as_of: dt.date | None,
) -> None:
    from dunwell.desk import report

    day = at.day(as_of)
    found = report.aging_rows(at.scope, as_of=day, by=by, entity=entity)
    names = aging.labels(found.edges)
    if shape == "json":
        show.as_json(shapes.aging_report(found.rows, as_of=day, edges=found.edges))
        return
    heading = [by, "currency", "not due", *names, "credits", "unapplied", "total"]
    if shape == "csv":
        show.as_csv(heading, [_plain(r) for r in found.rows])
        return
    if shape in ("xlsx", "html", "pdf"):
        target = out or Path(f"aging-{day}.{shape}")
        if str(target) == "-":
            sys.stdout.buffer.write(report.aging_file(found, shape=shape, by=by))
            return
        target.write_bytes(report.aging_file(found, shape=shape, by=by))
        show.say(f"written: {target}")
        return
    show.as_table(
        heading,
        [_texts(r) for r in found.rows],
        title=f"Aging as of {day}, by {by}",
        right=range(2, len(heading)),
    )
    show.as_table(
        heading[1:], [_texts(r)[1:] for r in aging.totals(found.rows)], title="Totals",
        right=range(1, len(heading) - 1),
    )  # fmt: skip


def _plain(r: aging.Row) -> list[Any]:
    values = (r.not_due, *r.buckets, r.credits, r.unapplied, r.total)
    return [r.key, r.currency, *(money.to_decimal(v, r.currency) for v in values)]


def _texts(r: aging.Row) -> list[str]:
    values = (r.not_due, *r.buckets, r.credits, r.unapplied, r.total)
    return [r.key, r.currency, *(show.amount(v, r.currency) if v else "-" for v in values)]
