"""Dated rows of law, and how the one that covers a day is found; without one: refused.

A row says what a rule is in a jurisdiction, from when to when, and who says so (SEMANTICS 13).
Knows: which jurisdictions a country falls back to, how values are written, what the law allows
toward a natural person on the telephone. Must not know: where rows are kept, nor today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import cached_property

import msgspec

from dunwell.core import book, money
from dunwell.core.errors import Refused

ANY = "any"
EU = frozenset(
    """AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK""".split()
)
"""Where Directive 2011/7/EU holds; a country's own row goes before the directive's."""

RULES: dict[str, str] = {
    "reference": "the jurisdiction whose reference rate counts",
    "reference_rate": "the reference rate, in percent a year",
    "margin": "the points above the reference rate",
    "statutory": "none, where interest rests on the contract only",
    "rate_mode": "fixed, floating or at_end: which half-year's rate holds",
    "compensation": "a fixed sum by size of the debt, such as EUR 0=40",
    "allocation": "principal, interest or costs: what a payment reduces first",
    "term_days": "the days to pay where none were agreed",
    "contact_hours": "the hours of contact, such as 08:00-21:00",
    "calls_in_7_days": "the most calls within seven days",
    "days_after_conversation": "the days without a call from a conversation on, its own included",
    "sms_stop_words": "the words that end text messages",
}
"""Every rule a row may be about, and what its value is."""
OF_CONTACT = ("contact_hours", "calls_in_7_days", "days_after_conversation")
"""The rules that decisions use; the others are about claims."""

_NUMBERS = ("reference_rate", "margin", "term_days", "calls_in_7_days", "days_after_conversation")
_WORDS = {
    "rate_mode": ("fixed", "floating", "at_end"),
    "allocation": ("principal", "interest", "costs"),
    "statutory": ("none",),
}
DAY = dt.timedelta(days=1)


class Row(msgspec.Struct, frozen=True, gc=False):
    """One dated row. `is_own`: the user added it, and it goes before what is shipped."""

    jurisdiction: str
    rule: str
    value: str
    valid_from: dt.date
    valid_to: dt.date | None
    source: str
    debtor_type: str = ANY
    creditor_role: str = ANY
    is_own: bool = False

    def covers(self, on: dt.date) -> bool:
        """Tell whether the row holds on a day; its first and last day are covered."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def jurisdiction(text: str) -> str:
    """Return a jurisdiction as rows write it: ISO 3166, or EU; UK is GB.

    >>> jurisdiction("uk"), jurisdiction("EU")
    ('GB', 'EU')
    """
    code = text.strip().upper()
    return "GB" if code == "UK" else code


def half_year(on: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the half-year a day lies in.

    >>> half_year(dt.date(2025, 7, 1))
    (datetime.date(2025, 7, 1), datetime.date(2025, 12, 31))
    """
    if on.month <= 6:
        return dt.date(on.year, 1, 1), dt.date(on.year, 6, 30)
    return dt.date(on.year, 7, 1), dt.date(on.year, 12, 31)


class Law:
    """All rows, shipped and added, and the question which of them holds."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = tuple(rows)

    @cached_property
    def _by_rule(self) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            found.setdefault((row.jurisdiction, row.rule), []).append(row)
        return found

    def find(
        self,
        rule: str,
        *,
        country: str,
        on: dt.date,
        debtor_type: str = "business",
        creditor_role: str = "first_party",
    ) -> Row | None:
        """Return the row that holds on a day: the country's own, else the directive's; or None.

        What the user added goes before what is shipped, a row for this debtor before one for
        any, a younger before an older one. A reference rate is one bank's own: nobody falls back.
        """
        falls_back = country in EU and rule != "reference_rate"
        for code in (country, "EU") if falls_back else (country,):
            fits = [
                r
                for r in self._by_rule.get((code, rule), ())
                if r.covers(on)
                and r.debtor_type in (debtor_type, ANY)
                and r.creditor_role in (creditor_role, ANY)
            ]
            if fits:
                return max(fits, key=lambda r: (r.is_own, r.debtor_type != ANY, r.valid_from))
        return None

    def need(self, rule: str, *, country: str, on: dt.date, debtor_type: str = "business") -> Row:
        """Return the row that holds on a day. Raises: Refused where no row covers it."""
        row = self.find(rule, country=country, on=on, debtor_type=debtor_type)
        if row is None:
            raise missing(rule, country=country, on=on)
        return row

    def edges(self, countries: Iterable[str]) -> list[dt.date]:
        """Return the days on which a row of these jurisdictions begins or has ended, in order."""
        days = set()
        for row in self.rows:
            if row.jurisdiction in countries:
                days.add(row.valid_from)
                if row.valid_to is not None:
                    days.add(row.valid_to + DAY)
        return sorted(days)


def missing(rule: str, *, country: str, on: dt.date) -> Refused:
    """Return the refusal where no row covers a day, with the command that adds one."""
    first, last = half_year(on)
    span = f"--from {first} --to {last}" if rule == "reference_rate" else f"--from {on}"
    return Refused(
        "no_rate_row",
        f"no row of {country} says the {rule} of {on}, so nothing is computed; look it up and "
        f"add it: dunwell law add --jurisdiction {country} --rule {rule} --value V {span} "
        "--source S",
    )


def check(rule: str, value: str) -> str:
    """Return a value as rows write it.

    Raises: Refused for an unknown rule, or a value that is not of its form.
    """
    text = value.strip()
    if rule not in RULES:
        raise Refused("unknown_rule", f"no rule {rule!r}; there are: {', '.join(RULES)}")
    is_good = bool(text)
    if rule in _NUMBERS:
        is_good = _is_number(text) and (rule == "reference_rate" or not text.startswith("-"))
    elif rule in _WORDS:
        is_good = text in _WORDS[rule]
    elif rule == "compensation":
        is_good = _tiers(text) is not None
    elif rule == "contact_hours":
        is_good = _hours(text) is not None
    if not is_good:
        raise Refused("bad_value", f"{value!r} is not {RULES[rule]}")
    return text


def compensation(row: Row, *, debt_minor: int, currency: str) -> int | None:
    """Return the fixed sum for a debt of this size, or None where it is in another currency.

    >>> tiers = Row("GB", "compensation", "GBP 0=40 1000=70 10000=100", dt.date.min, None, "")
    >>> [compensation(tiers, debt_minor=m, currency="GBP") for m in (999_99, 1_000_00, 10_000_00)]
    [4000, 7000, 10000]
    """
    tiers = _tiers(row.value)
    assert tiers is not None, row
    if tiers[0] != currency:
        return None
    sums = [total for least, total in tiers[1] if least <= debt_minor]
    return sums[-1] if sums else None


def _tiers(text: str) -> tuple[str, list[tuple[int, int]]] | None:
    """Read `EUR 0=40 1000=70` as a currency and rising (least debt, sum) in minor units."""
    currency, *parts = text.split()
    try:
        tiers = [
            (money.to_minor(Decimal(least), currency), money.to_minor(Decimal(total), currency))
            for least, _, total in (p.partition("=") for p in parts)
        ]
    except (InvalidOperation, ValueError, KeyError):
        return None
    return (currency, tiers) if tiers and tiers == sorted(tiers) else None


def _hours(text: str) -> tuple[dt.time, dt.time] | None:
    first, _, last = text.partition("-")
    try:
        hours = dt.time.fromisoformat(first), dt.time.fromisoformat(last)
    except ValueError:
        return None
    return hours if hours[0] < hours[1] else None


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


# --- contact ---------------------------------------------------------------------------------


def contact_limits(law: Law, *, country: str, on: dt.date) -> book.Limits | None:
    """Return what the law of a country allows toward a natural person, or None: no such row."""

    def value(rule: str) -> str:
        row = law.find(rule, country=country, on=on, debtor_type="consumer")
        return row.value if row else ""

    hours = _hours(value("contact_hours")) if value("contact_hours") else None
    calls, quiet = value("calls_in_7_days"), value("days_after_conversation")
    if not (hours or calls or quiet):
        return None
    return book.Limits(
        calls_in_7_days=int(calls) if calls else None,
        days_after_conversation=int(quiet) if quiet else 0,
        opens=f"{hours[0]:%H:%M}" if hours else "",
        closes=f"{hours[1]:%H:%M}" if hours else "",
    )


def next_call_on(limits: book.Limits | None, *, as_of: dt.date) -> dt.date:
    """Return the first day from `as_of` on which a call is allowed (SEMANTICS 4.5, 13).

    Calls of the whole organisation count: at most so many within seven days, and none within so
    many days of a conversation, whose own day is the first.

    >>> talked = book.Limits(days_after_conversation=7, talked_on=dt.date(2026, 3, 2))
    >>> next_call_on(talked, as_of=dt.date(2026, 3, 4))
    datetime.date(2026, 3, 9)
    """
    if limits is None:
        return as_of
    day = as_of
    if limits.talked_on is not None:
        day = max(day, limits.talked_on + dt.timedelta(days=limits.days_after_conversation))
    most = limits.calls_in_7_days
    if most is not None:
        for _ in range(7):
            if sum(day - 6 * DAY <= on <= day for on in limits.calls) < most:
                break
            day += DAY
    return day


def hours(
    limits: book.Limits | None, *, opens: dt.time, closes: dt.time
) -> tuple[dt.time, dt.time]:
    """Return the hours of contact: the policy's, narrowed to what the law allows.

    Where the two have nothing in common, the law's own hours hold.
    """
    if limits is None or not limits.opens:
        return opens, closes
    first, last = dt.time.fromisoformat(limits.opens), dt.time.fromisoformat(limits.closes)
    narrow = max(opens, first), min(closes, last)
    return narrow if narrow[0] < narrow[1] else (first, last)
