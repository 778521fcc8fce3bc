"""What the nouns of casework share at the command line (DATA.md 3.7)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from dunwell.cli import show


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


def _cell(value: Any) -> Any:
    return ", ".join(str(v) for v in value) if isinstance(value, list | tuple) else value
