"""Rows to CSV: exactly the columns of DATA.md 3.4, one file a kind, and a manifest.

Writes as it goes and keeps only counts and totals. What has no column in DATA.md (disputes,
promises, holds) goes to casework.csv, for whoever plays the desk.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from dunwell.core import money, rows
from dunwell.sim.nouns import Casework, Entity, Manifest

COLUMNS: dict[str, tuple[str, ...]] = {
    "customers": (
        "reference", "name", "entity", "language", "country", "region", "time_zone", "currency",
        "terms_days", "account_owner", "annual_revenue", "strategic", "natural_person",
        "segment", "history_grade", "credit_limit", "payment_method", "parent",
        "pays_via_parent", "email", "phone",
    ),
    "contacts": (
        "customer", "name", "role", "email", "phone", "mobile", "address", "language", "consent",
        "best_time",
    ),
    "items": (
        "entity", "customer", "number", "part", "kind", "issued_on", "due_on", "terms", "amount",
        "open_amount", "currency", "applies_to", "po_number", "description", "document",
        "payment_method",
    ),
    "payments": (
        "entity", "customer", "reference", "kind", "reverses", "paid_on", "amount", "currency",
        "items",
    ),
    "history": ("entity", "customer", "item", "step", "tone", "date", "channel"),
    "rates": ("currency", "base", "date", "rate"),
    "orders": ("entity", "customer", "number", "ordered_on", "amount", "currency", "status"),
    "casework": (
        "kind", "entity", "customer", "items", "amount", "currency", "on", "until", "ended_on",
        "outcome", "reason", "route",
    ),
}  # fmt: skip


_DECIMALS = {currency: money.exponent(currency) for currency in money.CURRENCIES}


def amount(minor: int, currency: str | None) -> str:
    """Write an amount as files carry it: plain digits, a point, the currency's decimals.

    >>> amount(123405, "EUR"), amount(500, "JPY"), amount(5, "KWD"), amount(-5, "EUR")
    ('1234.05', '500', '0.005', '-0.05')
    """
    # Digits are moved, not divided; a Decimal for each of a million rows costs five times more.
    decimals = _DECIMALS[currency or "EUR"]
    if decimals == 0:
        return str(minor)
    sign, digits = ("-", str(-minor)) if minor < 0 else ("", str(minor))
    if len(digits) <= decimals:
        digits = digits.rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


class Writer:
    """Open files in one folder, and the totals of what went into them so far."""

    def __init__(
        self,
        out: Path,
        *,
        seed: int,
        as_of: dt.date,
        entities: tuple[Entity, ...],
        open_amounts: bool = True,
        kinds: Iterable[str] = tuple(COLUMNS),
    ) -> None:
        self.out, self.seed, self.as_of, self.entities = out, seed, as_of, entities
        self.open_amounts, self.kinds = open_amounts, tuple(kinds)
        self.counts = dict.fromkeys(self.kinds, 0)
        self.open_items = self.overdue_items = 0
        self.amount_minor: dict[str, int] = {}
        self.open_minor: dict[str, int] = {}
        self.overdue_minor: dict[str, int] = {}
        self.received_minor: dict[str, int] = {}
        self.unapplied_minor: dict[str, int] = {}
        self._files = ExitStack()
        self._to: dict[str, Any] = {}

    def __enter__(self) -> Writer:
        self.out.mkdir(parents=True, exist_ok=True)
        for kind in self.kinds:
            path = self.out / f"{kind}.csv"
            file = self._files.enter_context(path.open("w", encoding="utf-8", newline=""))
            self._to[kind] = csv.writer(file, lineterminator="\n")
            self._to[kind].writerow(COLUMNS[kind])
        return self

    def __exit__(self, *error: object) -> None:
        self._files.close()

    def customers(self, some: Iterable[rows.CustomerRow]) -> None:
        """Write customers; what a row does not say stays empty."""
        self._write("customers", [
            (
                r.reference, r.name, r.entity, r.language, r.country, r.region, r.time_zone,
                r.currency, r.terms_days, r.account_owner,
                _amount(r.annual_revenue_minor, r.currency), _yes(r.strategic),
                _yes(r.natural_person), r.segment, r.history_grade,
                _amount(r.credit_limit_minor, r.currency), r.payment_method, r.parent,
                _yes(r.pays_via_parent), r.email, r.phone,
            )
            for r in some
        ])  # fmt: skip

    def contacts(self, some: Iterable[rows.ContactRow]) -> None:
        """Write contacts; an address keeps its line breaks inside the quotes."""
        self._write("contacts", [
            (r.customer, r.name, r.role, r.email, r.phone, r.mobile, r.address, r.language,
             r.consent, r.best_time)
            for r in some
        ])  # fmt: skip

    def items(self, some: Iterable[rows.ItemRow]) -> None:
        """Write items and add them to the control totals, credit notes negative."""
        lines = []
        for r in some:
            currency = r.currency or ""
            open_minor = r.amount_minor if r.open_minor is None else r.open_minor
            sign = -1 if r.kind == "credit_note" else 1
            _add(self.amount_minor, currency, sign * r.amount_minor)
            _add(self.open_minor, currency, sign * open_minor)
            if open_minor:
                self.open_items += 1
                if sign > 0 and r.due_on is not None and r.due_on < self.as_of:
                    self.overdue_items += 1
                    _add(self.overdue_minor, currency, open_minor)
            lines.append((
                r.entity, r.customer, r.number, r.part, r.kind, r.issued_on,
                None if r.due_derived else r.due_on, r.terms_days,
                amount(r.amount_minor, currency),
                amount(open_minor, currency) if self.open_amounts else None,
                currency, r.applies_to, r.po_number, r.description, r.document,
                r.payment_method,
            ))  # fmt: skip
        self._write("items", lines)

    def payments(self, some: Iterable[rows.PaymentRow]) -> None:
        """Write payments and reversals; a reversal takes its payment's loose part along."""
        lines: list[tuple[object, ...]] = []
        loose: dict[tuple[str | None, str | None], int] = {}
        for r in some:
            currency = r.currency or ""
            sign = -1 if r.kind == "reversal" else 1
            _add(self.received_minor, currency, sign * r.amount_minor)
            loose_minor = r.amount_minor - sum(minor or 0 for _, minor in r.items)
            if sign < 0:
                loose_minor = loose.get((r.entity, r.reverses), 0)
            loose[r.entity, r.reference] = loose_minor
            _add(self.unapplied_minor, currency, sign * loose_minor)
            lines.append((
                r.entity, r.customer, r.reference, r.kind, r.reverses, r.paid_on,
                amount(r.amount_minor, currency), currency, _named(r.items, currency),
            ))  # fmt: skip
        self._write("payments", lines)

    def history(self, some: Iterable[rows.HistoryRow]) -> None:
        """Write contacts made with the system before ours."""
        self._write("history", [
            (r.entity, r.customer, r.item, r.step, r.tone, r.on, r.channel) for r in some
        ])  # fmt: skip

    def rates(self, some: Iterable[rows.RateRow]) -> None:
        """Write dated exchange rates."""
        self._write("rates", [(r.currency, r.base, r.on, r.rate) for r in some])

    def orders(self, some: Iterable[rows.OrderRow]) -> None:
        """Write open sales orders."""
        self._write("orders", [
            (r.entity, r.customer, r.number, r.ordered_on,
             amount(r.amount_minor, r.currency), r.currency, r.status)
            for r in some
        ])  # fmt: skip

    def casework(self, some: Iterable[Casework]) -> None:
        """Write what only people know: disputes, promises, holds, broken routes."""
        self._write("casework", [
            (r.kind, r.entity, r.customer, _named(r.items, r.currency),
             _amount(r.amount_minor, r.currency), r.currency, r.on, r.until_on, r.ended_on,
             r.outcome, r.reason, r.route)
            for r in some
        ])  # fmt: skip

    def manifest(self) -> Manifest:
        """Write manifest.json and return it."""
        found = Manifest(
            seed=self.seed,
            as_of=self.as_of,
            entities=tuple(entity.code for entity in self.entities),
            counts=self.counts,
            open_items=self.open_items,
            overdue_items=self.overdue_items,
            amount_minor=_sorted(self.amount_minor),
            open_minor=_sorted(self.open_minor),
            overdue_minor=_sorted(self.overdue_minor),
            received_minor=_sorted(self.received_minor),
            unapplied_minor=_sorted(self.unapplied_minor),
        )
        text = msgspec.json.format(msgspec.json.encode(found), indent=2)
        (self.out / "manifest.json").write_bytes(text + b"\n")
        return found

    def _write(self, kind: str, lines: Sequence[tuple[object, ...]]) -> None:
        if lines:
            self.counts[kind] += len(lines)
            self._to[kind].writerows(lines)


def _add(totals: dict[str, int], currency: str, minor: int) -> None:
    totals[currency] = totals.get(currency, 0) + minor


def _sorted(totals: dict[str, int]) -> dict[str, int]:
    return dict(sorted(totals.items()))


def _amount(minor: int | None, currency: str | None) -> str | None:
    return None if minor is None else amount(minor, currency)


def _named(items: tuple[tuple[str, int | None], ...], currency: str | None) -> str:
    return ";".join(
        name if minor is None else f"{name}={amount(minor, currency)}" for name, minor in items
    )


def _yes(value: bool | None) -> str | None:  # noqa: FBT001  one cell, not a switch
    return None if value is None else "yes" if value else "no"
