"""Days outstanding as data: the rows of the table for other programs, JSON and CSV alike."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dunwell.core import cells, money
from dunwell.core.outstanding import hints, payers
from dunwell.desk.outstanding import Changed, One, Row

DAYS = (
    ("dso_days", "dso"), ("countback_days", "countback"), ("best_days", "best"),
    ("beyond_days", "beyond"), ("late_days", "late"), ("to_pay_days", "to_pay"),
)  # fmt: skip
SHARES = (
    ("effective_percent", "effective"), ("past_due_percent", "past_due"),
    ("collected_percent", "collected"),
)  # fmt: skip
AMOUNTS = (
    ("opened", "opened"), ("billed", "billed"), ("open", "open"), ("not_due", "current"),
    ("past_due", "past_due"), ("credit_left", "left"), ("paid", "paid"),
)  # fmt: skip


def row(found: Row) -> dict[str, Any]:
    """Return one row for another program: days and shares as numbers, amounts in minor units."""
    m, of = found.measures, found.of
    return {
        "key": found.key,
        "currency": found.currency,
        "customers": found.customers,
        **{name: number(getattr(m, field)) for name, field in (*DAYS, *SHARES)},
        "countback_is_floor": m.is_capped,
        **{f"{name}_minor": getattr(of, field) for name, field in AMOUNTS},
        "invoices": of.invoices,
    }


def change(found: payers.Change) -> dict[str, Any]:
    """Return how a customer has changed, for another program."""
    return {
        "verdict": found.verdict, "before_days": number(found.before),
        "now_days": number(found.now), "invoices_before": found.invoices_before,
        "invoices_now": found.invoices_now, "luck": luck(found.luck),
    }  # fmt: skip


def changed(found: Changed) -> dict[str, Any]:
    """Return a customer that changed, for another program."""
    return {"customer": found.customer, **change(found.change)}


def kind(found: payers.Kind) -> dict[str, Any]:
    """Return a kind of customer set against the others, for another program."""
    return {
        "key": found.key, "verdict": found.verdict, "customers": found.customers,
        "others": found.others, "late_days": number(found.late),
        "others_late_days": number(found.others_late), "luck": luck(found.luck),
    }  # fmt: skip


def hint(found: hints.Hint) -> dict[str, Any]:
    """Return a hint, for another program."""
    return {
        "kind": found.kind, "value": found.value, "customers": found.customers,
        "others": found.others, "late_days": number(found.late),
        "others_late_days": number(found.others_late), "luck": luck(found.luck),
        "sentence": found.sentence, "do": found.do,
    }  # fmt: skip


def one(found: One) -> dict[str, Any]:
    """Return one customer, for another program."""
    return {
        "customer": found.customer,
        **span(found.period.as_of, found.period.days),
        "days_before": found.period.before.days,
        "rows": [row(r) for r in found.rows],
        "change": change(found.change),
        "terms": found.about.terms,
        "payment_method": found.about.method,
        "traits": sorted(found.about.traits),
    }


def span(as_of: dt.date, days: int) -> dict[str, Any]:
    """Say which days were looked at."""
    return {"as_of": as_of, "days": days}


def number(value: Decimal | None) -> float | None:
    """Return a figure of one decimal as other programs take it."""
    return None if value is None else float(value)


def luck(value: float | None) -> float | None:
    """Return a likelihood to four places: more would say more than is known."""
    return None if value is None else round(value, 4)


def heading(by: str) -> list[str]:
    """Name the columns of the file."""
    return [
        by, "currency", "customers", *(name for name, _ in (*DAYS, *SHARES)),
        "countback_is_floor", *(name for name, _ in AMOUNTS), "invoices",
    ]  # fmt: skip


def line(found: Row) -> list[Any]:
    """Return one row of the file, amounts as people write them."""
    m = found.measures
    return [
        found.key, found.currency, found.customers,
        *(getattr(m, field) for _, field in (*DAYS, *SHARES)), "yes" if m.is_capped else "no",
        *(money.to_decimal(getattr(found.of, field), found.currency) for _, field in AMOUNTS),
        found.of.invoices,
    ]  # fmt: skip


def as_csv(rows: Sequence[Row], *, by: str) -> bytes:
    """Return the rows as a file; text that a spreadsheet would take for a formula is harmless."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(heading(by))
    table.writerows([cells.safe_cell(c) for c in line(r)] for r in rows)
    return out.getvalue().encode()
