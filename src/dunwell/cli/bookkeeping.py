"""The book: set up, take files in, age it."""

from __future__ import annotations

import datetime as dt
import locale
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from dunwell.cli import door, shapes, show
from dunwell.core import aging, complaints, money
from dunwell.core.errors import Refused

KINDS = ("customers", "contacts", "items", "payments", "history", "rates", "orders")


def add_to(main: click.Group) -> None:
    """Add these commands."""
    _organisation(main)

    @door.command(main, "import")
    @click.argument("kind", type=click.Choice(KINDS))
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option(
        "--map",
        "mapping",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
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
    @door.key_option()
    @show.format_option()
    @door.as_of_option("the day the file speaks for; by default today")
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
        help="what each row is about",
    )
    @click.option("--entity", metavar="CODE", help="one entity only")
    @click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        help="where xlsx, html or pdf go; - is stdout",
    )
    @show.format_option("xlsx", "html", "pdf")
    @door.as_of_option()
    def aging_(at: door.Door, **values: Any) -> None:
        """Show what is open by age, as of any day, tied out to the cent."""
        _aging(at, **values)


def _organisation(main: click.Group) -> None:
    """Add what sets up: the organisation, its entities, its users, what must be fresh."""

    @door.command(main, "init")
    @click.option(
        "--entity", default="MAIN", show_default=True, metavar="CODE", help="its first entity"
    )
    @click.option("--currency", metavar="ISO", help="base currency; by default of the locale")
    @click.option("--time-zone", metavar="ZONE", help="such as Europe/Berlin")
    @click.option("--country", metavar="ISO", help="whose holidays count, such as DE")
    @click.option("--name", default="", help="the entity's name on messages")
    @click.option("--policy", default="classic", show_default=True, help="the policy it walks")
    def init(at: door.Door, **values: Any) -> None:
        """Set up one organisation with one entity, and the built-in policies. Asks nothing."""
        _init(at, **values)

    @door.command(main, "entity")
    @click.argument("code")
    @click.option("--currency", metavar="ISO", required=True, help="base currency, such as EUR")
    @click.option("--time-zone", metavar="ZONE", required=True, help="such as Europe/Berlin")
    @click.option("--country", metavar="ISO", required=True, help="whose holidays count")
    @click.option("--name", default="", help="its name on messages")
    @click.option("--policy", default="classic", show_default=True, help="the policy it walks")
    def entity(at: door.Door, code: str, **values: str) -> None:
        """Add another entity to the organisation."""
        from dunwell.desk import found

        found.add_entity(at.scope, _entity(code, **values), now=at.now)
        at.seal()
        show.say(f"entity {code} added")

    @door.command(main, "letterhead")
    @click.argument("entity")
    @click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
    def letterhead(at: door.Door, *, entity: str, file: Path | None) -> None:
        """Take an entity's letterhead from FILE: sender, signatories, bank; or show it."""
        from dunwell.desk import letterhead as desk

        if file is None:
            show.as_json(desk.show(at.scope, entity))
            return
        desk.keep(at.scope, entity, desk.read(file), now=at.now)
        at.seal()
        show.say(f"letterhead of {entity} kept")

    @door.command(main, "user")
    @click.argument("name")
    @click.option(
        "--role", "roles", multiple=True, required=True, metavar="ROLE",
        help="collector, account_manager, manager, executive, legal, admin, auditor or reader; "
        "may be repeated",
    )  # fmt: skip
    @click.option(
        "--limit", metavar="A", help="the most they may approve in these roles, in base currency"
    )
    def user(at: door.Door, name: str, roles: tuple[str, ...], limit: str | None) -> None:
        """Add a user, or give one more roles, with the most they may approve."""
        from dunwell.cli.casework import noun
        from dunwell.desk import found

        most = None if limit is None else noun.decimal(limit, "--limit")
        found.add_user(at.scope, name, roles=roles, limit=most, now=at.now)
        at.seal()
        said = f", up to {most}" if most is not None else ""
        show.say(f"user {name}: {', '.join(roles)}{said}")

    @door.command(main, "require")
    @click.argument("entity")
    @click.argument("feeds", nargs=-1, metavar="[FEED]...")
    @click.option(
        "--within", type=click.IntRange(0), default=1, show_default=True, metavar="DAYS",
        help="how many working days old they may be",
    )  # fmt: skip
    def require(at: door.Door, *, entity: str, feeds: tuple[str, ...], within: int) -> None:
        """Name the feeds (customers, items, payments) that must be fresh before ENTITY sends.

        Each import says the day its file speaks for. With no feed named, nothing is required.
        """
        from dunwell.desk import gate

        gate.declare(at.scope, entity, feeds, within_days=within, now=at.now)
        at.seal()
        show.say(f"{entity} sends on fresh data only: {', '.join(feeds) or 'nothing required'}")


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
    return found.NewEntity(code, currency, time_zone, country, name, policy)


def _locale() -> tuple[str, str, str]:
    """Return the country, currency and time zone of the machine's locale, where it has one."""
    from babel import core, numbers  # what a country pays with, and its clocks, are data it has

    # The environment says it even where the machine has not installed that locale.
    named = next((v for n in _LOCALE if (v := os.environ.get(n))), locale.getlocale()[0] or "")
    country = named.split(".")[0].split("@")[0].rpartition("_")[2] if "_" in named else ""
    if len(country) != 2 or not country.isupper():
        return "", "", ""
    currencies = numbers.get_territory_currencies(country)
    zones = core.get_global("territory_zones").get(country, [])
    zone = _ZONES.get(country) or (zones[0] if len(zones) == 1 else "")
    return country, currencies[0] if currencies else "", zone


_LOCALE = ("LC_ALL", "LC_MONETARY", "LANG")
_ZONES = {
    "DE": "Europe/Berlin", "ES": "Europe/Madrid", "PT": "Europe/Lisbon", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "CH": "Europe/Zurich",
}  # fmt: skip
"""Where most of a country's people live, of those that have more than one time zone."""


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
    from dunwell.desk import once, receive, setting

    scope, control = at.scope, _control(totals)
    source = intake.open_source(
        file,
        kind,
        mapping=intake.load_mapping(mapping) if mapping else None,
        defaults=intake.Defaults(
            currency=setting.base_currency(scope), currency_of=setting.currencies(scope)
        ),
        sheet=sheet,
    )
    for guess in source.guesses:
        show.say(f"{file.name}: {guess}")

    def do() -> dict[str, Any]:
        report = receive.run(
            scope, kind, source.batches(), file=file.name, sha256=source.sha256,
            as_of=at.day(as_of), now=at.now, is_dry=dry_run, is_strict=strict, is_full=full,
            control=control, progress=_progress(),
        )  # fmt: skip
        return shapes.imported(report)

    request = [kind, source.sha256, at.day(as_of), dry_run, strict, full, sheet, *totals]
    done = once.run(
        scope, request_key, verb="import", request=request, now=at.now, do=do, is_long=True
    )
    at.seal()
    if shape == "json":
        show.as_json(done)
    else:
        _say_report(done)
    if shape == "csv":
        fields = complaints.Complaint.__struct_fields__
        show.as_csv(fields, [[c[f] for f in fields] for c in done["complaints"]])
    is_wrong = any(c["severity"] == "error" for c in done["complaints"])
    ties_out = all(c["want"] == c["found"] for c in done["control"].values())
    return door.COMPLAINTS if is_wrong or not ties_out else 0


def _progress() -> Callable[[int], None]:
    """Return what says from time to time how far a large file is read."""
    told = 0

    def progress(rows: int) -> None:
        nonlocal told
        if rows - told >= 50_000:
            told = rows
            show.say(f"  {rows:,} rows read")

    return progress


def _say_report(done: dict[str, Any]) -> None:
    counts = {k: v for k, v in done["counts"].items() if v}
    words = ", ".join(f"{v:,} {k.replace('_', ' ')}" for k, v in counts.items()) or "nothing"
    show.say(f"{done['file']} ({done['kind']}, as of {done['as_of']}): {done['state']}; {words}")
    for complaint in done["complaints"][:50]:
        show.say(f"  {complaints.Complaint(**complaint)}")
    if len(done["complaints"]) > 50:
        show.say(f"  … and {len(done['complaints']) - 50:,} more (all with --format json)")
    for currency, total in done["control"].items():
        off = total["found"] - total["want"]
        said = "ties out" if not off else f"is off by {money.text(off, currency)}"
        show.say(f"  control total {money.text(total['want'], currency)}: the book {said}")
    if done["settled"]:
        some = ", ".join(done["settled"][:10])
        show.say(f"  {len(done['settled']):,} items not listed any more, taken as settled: {some}")


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

    is_file = shape in ("xlsx", "html", "pdf")
    if out is not None and not is_file:
        raise click.UsageError("--out is for --format xlsx, html or pdf")
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
    if is_file:
        _write(report.aging_file(found, shape=shape, by=by), out or Path(f"aging-{day}.{shape}"))
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


def _write(content: bytes, target: Path) -> None:
    if str(target) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        target.write_bytes(content)
    except OSError as error:
        raise Refused("not_written", f"{target}: {error.strerror}") from error
    show.say(f"written: {target}")


def _plain(r: aging.Row) -> list[Any]:
    values = (r.not_due, *r.buckets, r.credits, r.unapplied, r.total)
    return [r.key, r.currency, *(money.to_decimal(v, r.currency) for v in values)]


def _texts(r: aging.Row) -> list[str]:
    values = (r.not_due, *r.buckets, r.credits, r.unapplied, r.total)
    return [r.key, r.currency, *(show.amount(v, r.currency) if v else "-" for v in values)]
