"""What is agreed with the customer of a story: promises and payment plans under their names.

What becomes of them is told by `core.promises`, what a plan comes to by `core.plans`; here they
meet the ledger of a story. Must not know: ladders, decisions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from dunwell.core import book, money, plans, promises, stops, workdays
from dunwell.core import policy as policies
from dunwell.core.errors import Refused
from dunwell.sim.story.ledger import Ledger

OVER = ("kept", "partly_kept", "broken", "withdrawn", "refused", "in_default")


class Promise(msgspec.Struct):
    """A promise under its name."""

    name: str
    made: promises.Promise
    is_refused: bool = False

    def begin(self, on: dt.date) -> None:
        """Let it begin, now that it is approved. Raises: Refused when its day has passed."""
        if self.made.last_on < on:
            raise Refused("date_passed", f"{self.name} was due {self.made.by_on}")
        self.made = msgspec.structs.replace(self.made, in_force_on=on)

    def withdraw(self, on: dt.date) -> None:
        """Take it back."""
        self.made = msgspec.structs.replace(self.made, withdrawn_on=on)

    def state(self, ledger: Ledger, *, as_of: dt.date, data_to: dt.date) -> str:
        """Return how it stands on a day."""
        if self.is_refused:
            return "refused"
        return promises.state(self.made, received(ledger), as_of=as_of, data_to=data_to)

    def items(self) -> tuple[int, ...]:
        """Return the items it is about."""
        return tuple(c.item for c in self.made.covers)

    def stop(self, ledger: Ledger, *, as_of: dt.date, data_to: dt.date) -> book.Stop | None:
        """Return the stop it is on a day."""
        return promises.promise_stop(self.made, received(ledger), as_of=as_of, data_to=data_to)


class Plan(msgspec.Struct):
    """A payment plan under its name."""

    name: str
    made: promises.Plan
    is_refused: bool = False

    def begin(self, on: dt.date) -> None:
        """Let it begin, now that it is approved. Raises: Refused when it would be in arrears."""
        if self.made.schedule[0].due_on < on:
            raise Refused("date_passed", f"the first instalment of {self.name} was due before")
        self.made = msgspec.structs.replace(self.made, in_force_on=on)

    def state(self, ledger: Ledger, *, as_of: dt.date, data_to: dt.date) -> str:
        """Return how it stands on a day."""
        if self.is_refused:
            return "refused"
        return promises.plan_state(self.made, received(ledger), as_of=as_of, data_to=data_to)

    def items(self) -> tuple[int, ...]:
        """Return the items it is about."""
        return self.made.items

    def stop(self, ledger: Ledger, *, as_of: dt.date, data_to: dt.date) -> book.Stop | None:
        """Return the stop it is on a day."""
        return promises.plan_stop(self.made, received(ledger), as_of=as_of, data_to=data_to)

    def awaited(
        self, ledger: Ledger, *, as_of: dt.date, data_to: dt.date
    ) -> tuple[book.Instalment, ...]:
        """Return its instalments that are to come and not reminded of."""
        return promises.awaited(self.made, received(ledger), as_of=as_of, data_to=data_to)

    def remind(self, n: int, on: dt.date | None) -> None:
        """Note that its n-th instalment was reminded of on a day; None takes it back."""
        parts = list(self.made.schedule)
        parts[n - 1] = parts[n - 1]._replace(reminded_on=on)
        self.made = msgspec.structs.replace(self.made, schedule=tuple(parts))

    def default_on(self, ledger: Ledger, *, as_of: dt.date, data_to: dt.date) -> dt.date | None:
        """Return the first day of its default, where it is in default by this day."""
        if self.state(ledger, as_of=as_of, data_to=data_to) != "in_default":
            return None
        return promises.missed_on(self.made, received(ledger))


class Day(NamedTuple):
    """What is known on the day something is agreed."""

    ledger: Ledger
    on: dt.date
    data_to: dt.date
    agreed: Sequence[Promise | Plan]
    stops: Iterable[book.Stop]


def received(ledger: Ledger) -> list[promises.Received]:
    """Return the money that came in and was not taken back, as the core counts it."""
    return [
        promises.Received(
            p.on, p.currency, p.left, tuple((ledger.item(i).id, m) for i, m in p.parts.items()), n
        )
        for n, p in enumerate(ledger.payments.values(), start=1)
    ]  # fmt: skip


def promise(
    day: Day,
    rules: policies.PromisesDoc,
    *,
    stop_id: int,
    name: str,
    labels: list[str],
    amount: tuple[str, int] | None,
    by_on: dt.date,
    calendar: workdays.Calendar,
) -> Promise:
    """Return a promise for the named items, else the oldest overdue, up to its amount (7).

    Raises: Refused when it lies too far ahead, in the past, or covers nothing.
    """
    ahead = (by_on - day.on).days
    if ahead < 0:
        raise Refused("date_passed", f"a promise by {by_on} made on {day.on} lies in the past")
    if ahead > rules.days_ahead_approved:
        raise Refused(
            "too_far",
            f"a promise lies at most {rules.days_ahead_approved} days ahead, with approval",
        )
    items = _about(day, labels)
    currency = amount[0] if amount else items[0].currency if items else ""
    covers = promises.cover(items, currency=currency, minor=amount[1] if amount else None)
    if not covers:
        raise Refused("nothing_open", "nothing is open that the promise could cover")
    earlier = [p for p in day.agreed if isinstance(p, Promise) and not p.is_refused]
    nth = 1 + max(sum(c.item in p.items() for p in earlier) for c in covers)
    needs_approval = ahead > rules.days_ahead or nth >= rules.approve_from_nth
    return Promise(
        name,
        promises.Promise(
            stop_id, day.on, by_on,
            workdays.add_working(calendar, by_on, rules.tolerance_working_days), currency, covers,
            None if needs_approval else day.on, known_to=len(day.ledger.payments),
        ),
    )  # fmt: skip


def plan(
    day: Day,
    rules: policies.PlansDoc,
    *,
    stop_id: int,
    name: str,
    labels: list[str],
    instalments: int,
    first_on: dt.date,
    calendar: workdays.Calendar,
    segment: str,
    base: str,
    rates: Mapping[str, str],
) -> Plan:
    """Return a plan of monthly instalments for all that is open of some items (7).

    Raises: Refused where the policy offers none, or not so, and for two currencies.
    """
    if not plans.LEAST <= instalments <= rules.instalments_max:
        raise Refused(
            "instalments",
            f"a plan has {plans.LEAST} to {rules.instalments_max} monthly instalments,"
            f" not {instalments}",
        )
    items = _about(day, labels)
    if len({i.currency for i in items}) != 1:
        raise Refused("other_currency", "a plan covers items of one currency")
    why = plans.refusal(
        rules,
        base_minor=_in_base(items, base, rates),
        minimum_minor=policies.minor(rules.minimum, base),
        segment=segment,
    )
    if why:
        raise Refused("not_offered", why)
    if not day.on <= first_on <= promises.months_later(day.on, 1):
        raise Refused("too_far", "the first instalment of a plan is due within a month")
    terms = plans.terms(
        sum(i.open_minor for i in items), instalments=instalments, made_on=day.on,
        first_on=first_on, percent=rules.interest_percent,
        fee_minor=policies.minor(rules.fee, items[0].currency), calendar=calendar,
        tolerance=rules.tolerance_working_days,
    )  # fmt: skip
    return Plan(
        name,
        promises.Plan(
            stop_id, day.on, items[0].currency, tuple(i.id for i in items), terms.schedule,
            known_to=len(day.ledger.payments),
        ),
    )  # fmt: skip


def _in_base(items: Sequence[book.Item], base: str, rates: Mapping[str, str]) -> int:
    """Return what is open of items of one currency, in base currency. Raises: Refused."""
    minor, currency = sum(i.open_minor for i in items), items[0].currency
    if currency not in (base, *rates):
        raise Refused("no_rate", f"the policy's minimum needs a rate of {currency}")
    rate = Decimal(rates.get(currency, "1"))
    return money.convert(minor, currency=currency, base=base, rate=rate)


def _about(day: Day, labels: list[str]) -> list[book.Item]:
    """Return the items named, else what is overdue and neither agreed on nor kept out.

    Raises: Refused for one that stands in an open promise or a running plan.
    """
    standing = {
        item: one.name
        for one in day.agreed
        if one.state(day.ledger, as_of=day.on, data_to=day.data_to) not in OVER
        for item in one.items()
    }
    if not labels:
        out = {i for s in day.stops if _keeps_out(s, day.on) for i, minor in s.items if not minor}
        return sorted(
            (
                i
                for i in day.ledger.open()
                if i.kind in book.DEBITS and i.due_on < day.on and i.id not in {*standing, *out}
            ),
            key=lambda i: (i.due_on, i.number, i.part),
        )
    items = [day.ledger.item(label) for label in labels]
    for item in items:
        if item.id in standing:
            raise Refused(
                "agreed_already", f"{item.label} stands in {standing[item.id]}; close that first"
            )
    return items


def _keeps_out(stop: book.Stop, on: dt.date) -> bool:
    kinds = ("dispute", "placement", "written_off")
    return stop.kind in kinds and stops.is_active(stop, as_of=on)
