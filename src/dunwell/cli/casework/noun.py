"""What the nouns of casework share at the command line (DATA.md 3.7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.core import money
from dunwell.core.errors import Refused


def decimal(text: str, option: str = "--amount") -> Decimal:
    """Return an amount as written, such as 1234.56."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise click.BadParameter(f"{text!r}: write 1234.56", param_hint=option)
    return found


def listed(rows: Sequence[dict[str, Any]], fields: Sequence[str], shape: str) -> None:
    """Print rows as JSON whole, or these of their fields as a table or CSV."""
    if shape == "json":
        show.as_json(rows)
        return
    table = [[_cell(r[f]) for f in fields] for r in rows]
    heading = [f.removesuffix("_on").replace("_", " ") for f in fields]
    if shape == "csv":
        show.as_csv(list(fields), table)
    else:
        show.as_table(heading, table)


def draft_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the `--draft` option."""
    return click.option(
        "--draft", "drafts", is_flag=True, help="with what could be written about each; not sent"
    )


def drafted(
    at: door.Door, rows: Sequence[dict[str, Any]], kind: str, *, key: str = "id"
) -> list[dict[str, Any]]:
    """Return rows with the draft of what could be written about each, or null."""
    from dunwell.desk import draft

    out = []
    for row in rows:
        found = draft.of(at.scope, kind, str(row[key]), as_of=at.today)
        out.append(row | {"draft": None if found is None else draft.as_plain(found)})
    return out


def print_drafts(rows: Sequence[dict[str, Any]], *, key: str = "id") -> None:
    """Print the drafts of rows below their table, for a person to copy."""
    for row in rows:
        found = row["draft"]
        if found is not None and found["withheld"]:
            click.echo(f"\n{row[key]}: no draft, nobody writes now ({found['withheld']})")
        elif found is not None:
            click.echo(f"\n{row[key]} to {found['to'] or 'no known address'}: {found['subject']}")
            click.echo(f"\n{found['text']}")


def of(rows: Sequence[dict[str, Any]], what: str, word: str) -> list[dict[str, Any]]:
    """Return the one row whose id was asked for, or those of the customer named.

    Raises: Refused where there is neither.
    """
    found = [r for r in rows if str(r["id"]) == what] or [r for r in rows if r["customer"] == what]
    if not found:
        raise Refused(f"unknown_{word}", f"no {word} {what!r}; see `dunwell {word} list`")
    return found


def part(item: dict[str, Any]) -> str:
    """Write an item with the amount that is meant of it."""
    return f"{item['number']} {money.text(item['amount_minor'], item['currency'])}"


def _cell(value: Any) -> Any:
    return ", ".join(str(v) for v in value) if isinstance(value, list | tuple) else value
