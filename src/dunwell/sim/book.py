"""A believable book as of one day: who owes, what, since when, and what was paid already.

Read top-down: `generate` collects a book in memory, `write_book` streams one of any size to
CSV, both from `sheets`, which makes one customer's whole ledger at a time. Each customer has
its own stream of chance, so the book is a function of its arguments and of nothing else.

Every item's amount equals its open amount plus what payments not reversed allocate to it.
Credit notes stand open in full: files have no way to say what they were set against.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from dunwell.core import money, rows
from dunwell.sim import files, habits, names
from dunwell.sim.habits import Habit
from dunwell.sim.nouns import Book, Casework, Entity, ItemKey, Manifest, key_of, label

ONE_ENTITY = (
    Entity(
        code="MAIN", name="Dunwell Sample Works GmbH", currency="EUR", country="DE",
        time_zone="Europe/Berlin", language="de", second=("USD", "GBP"),
        markets=(("DE", 40), ("AT", 8), ("CH", 4), ("FR", 12), ("NL", 8), ("BE", 5), ("IT", 7),
                 ("ES", 6), ("PT", 3), ("GB", 4), ("IE", 3)),
    ),
)  # fmt: skip
"""The default of `write_book`: one entity with customers all over Europe."""

DISPUTE_REASONS = (
    "price", "quantity", "quality", "not_received", "duplicate", "missing_po", "wrong_entity",
    "tax", "terms", "cancelled", "other",
)  # fmt: skip

_EURO_WORTH = {
    "EUR": 1.0, "USD": 0.92, "GBP": 1.17, "CHF": 1.05, "CAD": 0.67, "JPY": 0.0061, "SEK": 0.088,
    "AUD": 0.6, "KWD": 3.0,
}  # fmt: skip
_TERMS = (14, 30, 30, 30, 30, 45, 60)
_OLD_TONES = ((3, "friendly"), (11, "urgent"), (19, "firm"))
_GOODS = ("Spare parts", "Monthly service", "Delivery", "Repair", "Consumables", "Project work")


class Sheet(msgspec.Struct, kw_only=True):
    """One customer's whole ledger."""

    customer: rows.CustomerRow
    habit: Habit
    contacts: list[rows.ContactRow] = msgspec.field(default_factory=list)
    items: list[rows.ItemRow] = msgspec.field(default_factory=list)
    payments: list[rows.PaymentRow] = msgspec.field(default_factory=list)
    history: list[rows.HistoryRow] = msgspec.field(default_factory=list)
    orders: list[rows.OrderRow] = msgspec.field(default_factory=list)
    casework: list[Casework] = msgspec.field(default_factory=list)


def generate(
    *,
    customers: int | None = None,
    items: int,
    seed: int,
    as_of: dt.date,
    entities: tuple[Entity, ...] = ONE_ENTITY,
    settled_per_open: float = 0.0,
    whale: int | None = None,
    currency_mix: Mapping[str, float] | None = None,
    history: bool = True,
) -> Book:
    """Return a book with exactly `items` open items, in memory; five a customer by default.

    `settled_per_open`: how many invoices already paid within the last year to add for each
    open one. `whale`: open items of the one large customer (by default a tenth, at most 5,000).

    >>> book = generate(items=50, seed=1, as_of=dt.date(2026, 3, 2))
    >>> len(book.customers), sum(1 for item in book.items if item.open_minor)
    (10, 50)
    """
    book = Book(
        seed=seed, as_of=as_of, entities=entities, customers=[], contacts=[], items=[],
        payments=[], history=[], rates=list(rates(entities, seed=seed, as_of=as_of)), orders=[],
        casework=[], habits={},
    )  # fmt: skip
    for sheet in sheets(
        customers=customers, items=items, seed=seed, as_of=as_of, entities=entities,
        settled_per_open=settled_per_open, whale=whale, currency_mix=currency_mix,
        history=history,
    ):  # fmt: skip
        book.customers.append(sheet.customer)
        book.contacts += sheet.contacts
        book.items += sheet.items
        book.payments += sheet.payments
        book.history += sheet.history
        book.orders += sheet.orders
        book.casework += sheet.casework
        book.habits[sheet.customer.reference] = sheet.habit
    return book


def write_book(
    out: Path,
    *,
    items: int,
    seed: int,
    as_of: dt.date,
    per_customer: int = 5,
    entities: tuple[Entity, ...] = ONE_ENTITY,
    settled_per_open: float = 0.0,
    whale: int | None = None,
    currency_mix: Mapping[str, float] | None = None,
    history: bool = True,
    open_amounts: bool = True,
) -> Manifest:
    """Stream a book of any size to CSV files in `out` and return what was written.

    The same arguments give the same bytes. `open_amounts=False` leaves the column empty, so
    that payments.csv alone has to explain what is open.
    """
    with files.Writer(
        out, seed=seed, as_of=as_of, entities=entities, open_amounts=open_amounts
    ) as to:
        to.rates(rates(entities, seed=seed, as_of=as_of))
        for sheet in sheets(
            customers=max(1, items // per_customer), items=items, seed=seed, as_of=as_of,
            entities=entities, settled_per_open=settled_per_open, whale=whale,
            currency_mix=currency_mix, history=history,
        ):  # fmt: skip
            to.customers((sheet.customer,))
            to.contacts(sheet.contacts)
            to.items(sheet.items)
            to.payments(sheet.payments)
            to.history(sheet.history)
            to.orders(sheet.orders)
            to.casework(sheet.casework)
        return to.manifest()


def write(book: Book, *, out: Path, open_amounts: bool = True) -> Manifest:
    """Write a book that is in memory to the same files as `write_book`."""
    with files.Writer(
        out, seed=book.seed, as_of=book.as_of, entities=book.entities, open_amounts=open_amounts
    ) as to:
        to.rates(book.rates)
        to.customers(book.customers)
        to.contacts(book.contacts)
        to.items(book.items)
        to.payments(book.payments)
        to.history(book.history)
        to.orders(book.orders)
        to.casework(book.casework)
        return to.manifest()


def sheets(
    *,
    customers: int | None,
    items: int,
    seed: int,
    as_of: dt.date,
    entities: tuple[Entity, ...],
    settled_per_open: float,
    whale: int | None,
    currency_mix: Mapping[str, float] | None,
    history: bool,
) -> Iterator[Sheet]:
    """Make one customer's ledger after the other; only numbering is carried along.

    Raises: ValueError for a book without items or entities.
    """
    if items < 1 or not entities:
        raise ValueError("a book needs at least one item and one entity")
    total = customers or max(1, items // 5)
    if whale is None:
        whale = min(5_000, items // 10)
    desk = _Maker(
        seed=seed, as_of=as_of, entities=entities, settled_per_open=settled_per_open,
        currency_mix=currency_mix, history=history,
    )  # fmt: skip
    shares = _shares(items, customers=total, whale=whale, rng=habits.dice(seed, 1))
    for n, (count, is_whale) in enumerate(shares, start=1):
        yield desk.sheet(n, count, is_whale=is_whale)


def rates(entities: tuple[Entity, ...], *, seed: int, as_of: dt.date) -> Iterator[rows.RateRow]:
    """Make dated rates for every currency an entity may meet: weekly for 60 weeks, and today."""
    line = 1
    done: set[tuple[str, str]] = set()
    for entity in entities:
        foreign = {*entity.second, *(names.COUNTRIES[c].currency for c, _ in entity.markets)}
        for currency in sorted(foreign - {entity.currency}):
            if (currency, entity.currency) in done:
                continue
            done.add((currency, entity.currency))
            rng = habits.dice(seed, 2, len(done))
            rate = _EURO_WORTH[currency] / _EURO_WORTH[entity.currency]
            for weeks_ago in range(60, -1, -1):
                line += 1
                rate *= 1 + (rng.random() - 0.5) * 0.01
                yield rows.RateRow(
                    line=line, currency=currency, base=entity.currency,
                    on=as_of - dt.timedelta(days=7 * weeks_ago), rate=f"{rate:.6f}",
                )  # fmt: skip


def _shares(
    items: int, *, customers: int, whale: int, rng: random.Random
) -> Iterator[tuple[int, bool]]:
    """Deal the open items out: uneven, some customers with none, exactly `items` in all."""
    if customers == 1:
        yield items, whale > 0
        return
    rest, left = items - whale, customers - 1 if whale else customers
    for n in range(customers):
        if whale and n == customers // 3:
            yield whale, True
            continue
        share = (
            rest if left == 1 else min(rest, int(rng.expovariate(left / rest) + 0.5) if rest else 0)
        )
        rest, left = rest - share, left - 1
        yield share, False


class _Account(msgspec.Struct, kw_only=True):
    """What stays the same for all items of one customer."""

    rng: random.Random
    reference: str
    entity: Entity
    other: Entity | None  # a second of our companies it also buys from
    currency: str
    habit: Habit
    window_days: int
    is_busy: bool  # buys more before Christmas
    old_numbers: int = 1_000  # numbered from here by the system it came from


class _Maker:
    """Makes sheets; holds what runs through the whole book: the day and the numbering."""

    def __init__(
        self,
        *,
        seed: int,
        as_of: dt.date,
        entities: tuple[Entity, ...],
        settled_per_open: float,
        currency_mix: Mapping[str, float] | None,
        history: bool,
    ) -> None:
        self.seed, self.entities, self.settled = seed, entities, settled_per_open
        self.today, self.tells_history = as_of.toordinal(), history
        self.mix = dict(currency_mix) if currency_mix else None
        self.weighted = [entity for entity in entities for _ in range(entity.weight)]
        self.lands = {
            entity.code: [land for land, weight in entity.markets for _ in range(weight)]
            for entity in entities
        }
        self.lines: dict[str, int] = {}
        self.numbers: dict[tuple[str, str, int], int] = {}
        self.heads: dict[str, str] = {}
        self.dates = {
            day: dt.date.fromordinal(day) for day in range(self.today - 1_200, self.today + 400)
        }
        self.stamps = {day: f"{date:%y%m%d}" for day, date in self.dates.items()}

    # ------------------------------------------------------------------ one customer

    def sheet(self, n: int, count: int, *, is_whale: bool) -> Sheet:
        """Return customer number `n` with `count` open items."""
        rng = habits.dice(self.seed, 3, n)
        entity = habits.pick(rng, self.weighted)
        account, customer = self._customer(n, rng, entity, count, is_whale=is_whale)
        sheet = Sheet(customer=customer, habit=account.habit)
        self._contacts(sheet, account)
        self._open_items(sheet, account, count)
        self._settled_items(sheet, account, count)
        self._loose_money(sheet, account)
        if self.tells_history:
            self._history(sheet, account)
        self._casework(sheet, account)
        if rng.random() < 0.15:
            self._order(sheet, account)
        return sheet

    def _customer(
        self, n: int, rng: random.Random, entity: Entity, count: int, *, is_whale: bool
    ) -> tuple[_Account, rows.CustomerRow]:
        land = habits.pick(rng, self.lands[entity.code])
        country = names.COUNTRIES[land]
        is_person = not is_whale and rng.random() < 0.05
        terms_days = 14 if is_person else habits.pick(rng, _TERMS)
        habit = habits.made(rng, terms_days=terms_days, is_person=is_person)
        if is_whale and habit.kind in ("sinker", "direct_debit"):
            habit = msgspec.structs.replace(habit, kind="slow", lag_days=12, spread_days=5)
        if habit.kind == "sinker":
            sunk_on = self.today - 30 - int(rng.random() * rng.random() * 280)
            habit = msgspec.structs.replace(habit, sunk_on=sunk_on)
        currency = self._currency(rng, entity, country)
        window_days = habits.open_window_days(habit, as_of=self.today)
        revenue = (
            4_000_000.0 if is_whale
            else rng.lognormvariate(7.0, 0.7) if is_person
            else rng.lognormvariate(10.4, 1.3)
        )  # fmt: skip
        a_year = max(count, 0.5) / window_days * 365
        typical = max(25.0, revenue / a_year) * _EURO_WORTH["EUR"] / _EURO_WORTH[currency]
        habit = msgspec.structs.replace(
            habit,
            invoice_every_days=max(0.2, 365 / a_year),
            typical_minor=int(typical * 10 ** money.exponent(currency)),
        )
        others = [e for e in self.entities if e.code != entity.code]
        account = _Account(
            rng=rng, reference=f"{entity.code or 'C'}-{n:06d}", entity=entity,
            other=habits.pick(rng, others) if others and rng.random() < 0.03 else None,
            currency=currency, habit=habit, window_days=window_days, is_busy=rng.random() < 0.3,
        )  # fmt: skip
        revenue_minor = int(revenue / _EURO_WORTH[currency]) * 10 ** money.exponent(currency)
        row = self._customer_row(
            account, land, country, revenue_minor, is_person=is_person, is_whale=is_whale
        )
        return account, row

    def _customer_row(
        self,
        account: _Account,
        land: str,
        country: names.Country,
        revenue_minor: int,
        *,
        is_person: bool,
        is_whale: bool,
    ) -> rows.CustomerRow:
        rng, habit, chance = account.rng, account.habit, account.rng.random()
        name = names.person(rng) if is_person else names.company(rng, country=country)
        code = account.entity.code
        parent = self.heads.get(code) if not is_person and 0.1 < chance < 0.13 else None
        if parent is None and chance < 0.1 and not is_person:
            self.heads[code] = account.reference
        grade = {
            "prompt": "excellent", "early": "excellent", "direct_debit": "excellent",
            "slow": "good" if habit.lag_days < 15 else "fair", "seasonal": "good",
            "erratic": "fair", "sinker": "poor",
        }[habit.kind]  # fmt: skip
        has_mail = rng.random() >= 0.04
        return rows.CustomerRow(
            line=self._line("customers"),
            reference=account.reference,
            name=name,
            entity=code or None,
            language=country.language,
            country=land,
            region=country.region,
            time_zone=country.time_zone,
            currency=account.currency,
            terms_days=habit.terms_days,
            account_owner=f"collector{1 + int(chance * 997) % 6}",
            annual_revenue_minor=revenue_minor,
            strategic=is_whale or rng.random() < 0.015,
            natural_person=is_person,
            history_grade=grade if rng.random() < 0.85 else None,
            credit_limit_minor=revenue_minor // 6 if rng.random() < 0.7 else None,
            payment_method="direct_debit" if habit.kind == "direct_debit" else "transfer",
            parent=parent,
            pays_via_parent=rng.random() < 0.6 if parent else None,
            email=names.mail(rng, local=f"ap {account.reference}") if has_mail else None,
            phone=names.phone(rng, pattern=country.phone),
        )

    def _currency(self, rng: random.Random, entity: Entity, country: names.Country) -> str:
        if self.mix:
            return rng.choices(list(self.mix), list(self.mix.values()))[0]
        chance = rng.random()
        if entity.second and chance < 0.04:
            return habits.pick(rng, entity.second)
        return country.currency if chance < 0.4 else entity.currency

    def _contacts(self, sheet: Sheet, account: _Account) -> None:
        rng, customer = account.rng, sheet.customer
        country = names.COUNTRIES[customer.country or "DE"]
        roles = ["ap"]
        if not customer.natural_person:
            chance = rng.random()
            roles += ["buyer"] * (chance < 0.35) + ["manager"] * (0.2 < chance < 0.4)
            roles += ["executive"] * bool(customer.strategic) + ["alternate"] * (chance > 0.95)
        for role in roles:
            is_first = role == "ap"
            name = customer.name if customer.natural_person else names.person(rng)
            mail = names.mail(rng, local=f"{name} {account.reference}") if customer.email else None
            sheet.contacts.append(
                rows.ContactRow(
                    line=self._line("contacts"),
                    customer=account.reference,
                    name=name,
                    role="owner" if customer.natural_person else role,
                    email=mail,
                    phone=customer.phone if is_first else None,
                    mobile=names.phone(rng, pattern=country.mobile) if not is_first else None,
                    address=names.address(rng, country=country) if is_first else None,
                    language=country.language,
                    consent="none" if rng.random() < 0.004 else None,
                    best_time="09:00-11:30" if rng.random() < 0.1 else None,
                )
            )

    # ------------------------------------------------------------------ open items

    def _open_items(self, sheet: Sheet, account: _Account, count: int) -> None:
        rng, habit = account.rng, account.habit
        chance, left = rng.random, count
        while left:
            if left >= 3 and chance() < 0.006:
                self._instalments(sheet, account)
                left -= 3
                continue
            left -= 1
            issued = self._issue_day(account, self.today - int(chance() * account.window_days))
            kind = chance()
            if kind < 0.025:
                self._credit_note(sheet, account, issued)
                continue
            item = self._item(
                account, issued, kind="debit_note" if kind < 0.035 else "invoice"
            )  # fmt: skip
            overdue = self.today - issued - habit.terms_days
            if overdue > -10 and chance() < habit.part_pays:
                item = self._partly_paid(sheet, account, item, percent=20 + int(chance() * 60))
            elif overdue > 0 and chance() < habit.short_pays:
                item = self._partly_paid(sheet, account, item, percent=95 + int(chance() * 4))
            elif self.today - issued > 12 and chance() < habit.bounces_money:
                self._paid_and_taken_back(sheet, account, item)
            sheet.items.append(item)

    def _issue_day(self, account: _Account, day: int) -> int:
        """Return a working day near `day`; a third of invoices are written at month end."""
        if account.rng.random() < 0.33:
            last = habits.month_end(day)
            if last <= self.today:
                return last
        return habits.back_to_workday(day)

    def _item(
        self, account: _Account, issued: int, *, kind: str = "invoice", part: str = "",
        amount_minor: int = 0, applies_to: str | None = None,
    ) -> rows.ItemRow:  # fmt: skip
        rng, habit, entity = account.rng, account.habit, account.entity
        chance = rng.random()
        currency = account.currency
        if account.other is not None and chance < 0.3:
            entity, currency = account.other, account.other.currency
        amount_minor = amount_minor or self._amount(account, issued, currency)
        due = issued + habit.terms_days + (30 * (int(part) - 1) if part else 0)
        is_plain = kind != "credit_note"
        return rows.ItemRow(
            line=self._line("items"),
            customer=account.reference,
            number=self._number(account, entity.code, issued, "R" if is_plain else "C"),
            kind=kind,
            amount_minor=amount_minor,
            currency=currency,
            entity=entity.code or None,
            part=part,
            issued_on=self.dates[issued],
            due_on=self.dates[due] if is_plain else None,
            due_derived=False,
            terms_days=habit.terms_days if is_plain else None,
            open_minor=amount_minor,
            applies_to=applies_to,
            po_number=f"PO-{int(chance * 90_000) + 10_000}" if chance > 0.6 else None,
            description=_GOODS[int(chance * 1_000) % 6],
            payment_method=None,
        )

    def _amount(self, account: _Account, issued: int, currency: str) -> int:
        rng = account.rng
        size = math.exp(rng.gauss(0.0, 0.65))
        if account.is_busy and habits.month(issued) in (10, 11, 12):
            size *= 1.6
        chance = rng.random()
        minor = int(account.habit.typical_minor * size)
        if currency != account.currency:
            minor = 10_000 + int(90_000 * size)
        if chance < 0.01:
            return 50 + int(chance * 40_000)
        if chance > 0.85:
            minor -= minor % 1_000
        return max(minor, 100)

    def _number(self, account: _Account, code: str, issued: int, letter: str) -> str:
        """Number by entity and day; a few old numbers are the same at many customers."""
        if letter == "R" and account.rng.random() < 0.004:
            # Taken over from a system that numbered within each customer.
            account.old_numbers += 1
            return f"M-{account.old_numbers}"
        key = (code, letter, issued)
        serial = self.numbers[key] = self.numbers.get(key, 0) + 1
        return f"{letter}{self.stamps[issued]}-{serial:04d}"

    def _instalments(self, sheet: Sheet, account: _Account) -> None:
        issued = self._issue_day(account, self.today - int(account.rng.random() * 40))
        first = self._item(account, issued, kind="instalment", part="1")
        sheet.items.append(first)
        for part in ("2", "3"):
            sheet.items.append(
                msgspec.structs.replace(
                    first, line=self._line("items"), part=part,
                    due_on=(first.due_on or first.issued_on or dt.date.min)
                    + dt.timedelta(days=30 * (int(part) - 1)),
                )
            )  # fmt: skip

    def _credit_note(self, sheet: Sheet, account: _Account, issued: int) -> None:
        rng = account.rng
        last = sheet.items[-1] if sheet.items else None
        if last is not None and last.kind == "invoice" and rng.random() < 0.6:
            note = self._item(
                msgspec.structs.replace(account, other=None), issued, kind="credit_note",
                amount_minor=max(1, (last.open_minor or 1) * (5 + int(rng.random() * 60)) // 100),
                applies_to=last.number,
            )  # fmt: skip
            later = max(note.issued_on or dt.date.min, last.issued_on or dt.date.min)
            note = msgspec.structs.replace(
                note, issued_on=later, entity=last.entity, currency=last.currency
            )
        else:
            typical = max(100, account.habit.typical_minor // 4)
            note = self._item(
                msgspec.structs.replace(account, other=None), issued, kind="credit_note",
                amount_minor=1 + int(rng.random() * typical),
            )  # fmt: skip
        sheet.items.append(note)

    # ------------------------------------------------------------------ money

    def _payment(
        self, account: _Account, day: int, entity: str | None, currency: str | None,
        allocations: tuple[tuple[str, int | None], ...], *, extra_minor: int = 0,
    ) -> rows.PaymentRow:  # fmt: skip
        key = (entity or "", "P", day)
        serial = self.numbers[key] = self.numbers.get(key, 0) + 1
        return rows.PaymentRow(
            line=self._line("payments"),
            reference=f"B{self.stamps[day]}-{serial:05d}",
            kind="payment",
            amount_minor=sum(minor or 0 for _, minor in allocations) + extra_minor,
            currency=currency,
            paid_on=self.dates[day],
            customer=account.reference,
            entity=entity,
            items=allocations,
        )

    def _partly_paid(
        self, sheet: Sheet, account: _Account, item: rows.ItemRow, *, percent: int
    ) -> rows.ItemRow:
        """Pay a share of an item some time after its issue, and return what is left of it."""
        paid_minor = item.amount_minor * percent // 100
        if not 0 < paid_minor < item.amount_minor or item.issued_on is None:
            return item
        issued = item.issued_on.toordinal()
        day = habits.back_to_workday(
            issued + int((self.today - issued) * (0.3 + account.rng.random() * 0.7))
        )
        sheet.payments.append(
            self._payment(
                account, max(day, issued), item.entity, item.currency,
                ((label(item), paid_minor),),
            )
        )  # fmt: skip
        return msgspec.structs.replace(item, open_minor=item.amount_minor - paid_minor)

    def _paid_and_taken_back(self, sheet: Sheet, account: _Account, item: rows.ItemRow) -> None:
        if item.issued_on is None:
            return
        paid = habits.back_to_workday(
            self.today - 5 - int((self.today - item.issued_on.toordinal() - 12) * 0.5)
        )
        payment = self._payment(
            account, paid, item.entity, item.currency, ((label(item), item.amount_minor),)
        )
        sheet.payments += (
            payment,
            msgspec.structs.replace(
                payment, line=self._line("payments"), reference=f"{payment.reference}-R",
                kind="reversal", reverses=payment.reference, items=(),
                paid_on=self.dates[habits.on_to_workday(paid + 3)],
            ),
        )  # fmt: skip

    def _settled_items(self, sheet: Sheet, account: _Account, count: int) -> None:
        """Add last year's invoices, paid as this customer pays: one payment a pay day."""
        rng, habit = account.rng, account.habit
        settled = int((count or 1) * self.settled + rng.random()) if self.settled else 0
        paid: dict[tuple[int, str | None, str | None], list[tuple[str, int | None]]] = {}
        span = max(1, 365 - account.window_days)
        for _ in range(settled):
            issued = self._issue_day(
                account, self.today - account.window_days - 1 - int(rng.random() * span)
            )
            item = self._item(account, issued)
            day = habits.pay_on(habit, rng, due=issued + habit.terms_days)
            if day == habits.NEVER:
                day = habits.back_to_workday(habit.sunk_on - 1)
            day = min(day, habits.back_to_workday(self.today))
            sheet.items.append(msgspec.structs.replace(item, open_minor=0))
            paid.setdefault((day, item.entity, item.currency), []).append(
                (label(item), item.amount_minor)
            )
        for (day, entity, currency), allocations in sorted(
            paid.items(), key=lambda pair: (pair[0][0], pair[0][1] or "", pair[0][2] or "")
        ):
            sheet.payments.append(self._payment(account, day, entity, currency, tuple(allocations)))

    def _loose_money(self, sheet: Sheet, account: _Account) -> None:
        """Add what was paid too much, on account, or by nobody knows whom."""
        rng = account.rng
        chance = rng.random()
        if chance > 0.03:
            return
        day = habits.back_to_workday(self.today - 1 - int(rng.random() * 30))
        minor = max(100, int(account.habit.typical_minor * (0.05 + rng.random())))
        payment = self._payment(
            account, day, account.entity.code or None, account.currency, (), extra_minor=minor
        )
        if chance < 0.004:
            payment = msgspec.structs.replace(payment, customer=None)
        sheet.payments.append(payment)

    # ------------------------------------------------------------------ what people know

    def _overdue(self, sheet: Sheet) -> list[tuple[int, rows.ItemRow]]:
        today = self.dates[self.today]
        return [
            ((today - item.due_on).days, item)
            for item in sheet.items
            if item.open_minor and item.due_on is not None and item.due_on < today
        ]

    def _history(self, sheet: Sheet, account: _Account) -> None:
        """Add the reminders of the system before ours, for the debts that had them."""
        rng = account.rng
        if account.habit.kind == "direct_debit" or rng.random() < 0.5:
            return
        for days, item in self._overdue(sheet):
            for after, tone in _OLD_TONES:
                if days < after + 2:
                    break
                day = habits.on_to_workday(self.today - days + after)
                sheet.history.append(
                    rows.HistoryRow(
                        line=self._line("history"),
                        customer=account.reference,
                        on=self.dates[min(day, self.today)],
                        item=label(item),
                        tone=tone,
                        channel="email" if sheet.customer.email else "letter",
                        entity=item.entity,
                    )
                )

    def _casework(self, sheet: Sheet, account: _Account) -> None:
        """Add disputes, promises, holds and bounced addresses, mostly about overdue items."""
        rng = account.rng
        overdue = self._overdue(sheet)
        chance = rng.random()
        if chance < 0.008 and sheet.contacts[0].email:
            self._known(sheet, account, "bounced", 20, route=sheet.contacts[0].email)
        if overdue:
            days, item = overdue[int(rng.random() * len(overdue))]
            minor = item.open_minor or 0
            if 0.01 < chance < 0.07:
                part = minor if rng.random() < 0.7 else max(1, minor * 3 // 10)
                self._known(
                    sheet, account, "dispute", min(days + 5, 30), item=item, minor=part,
                    reason=habits.pick(rng, DISPUTE_REASONS),
                )  # fmt: skip
            elif chance < 0.11:
                self._known(
                    sheet,
                    account,
                    "promise",
                    min(days, 12),
                    item=item,
                    minor=minor,
                    until=habits.on_to_workday(self.today + 1 + int(rng.random() * 9)),
                )
            elif chance < 0.14:
                until = habits.back_to_workday(self.today - 4 - int(rng.random() * 10))
                self._known(
                    sheet,
                    account,
                    "promise",
                    self.today - until + 8,
                    item=item,
                    minor=minor,
                    until=until,
                )
            elif chance < 0.145:
                self._known(
                    sheet, account, "hold", 3, reason="asked by sales", until=self.today + 7
                )
        if account.habit.kind == "sinker" and chance > 0.9:
            kind = "insolvency" if chance > 0.94 else "legal_representation"
            self._known(sheet, account, kind if chance < 0.99 else "ceased", 15)

    def _known(
        self, sheet: Sheet, account: _Account, kind: str, days_ago: int, *,
        item: rows.ItemRow | None = None, minor: int = 0, until: int | None = None,
        reason: str | None = None, route: str | None = None,
    ) -> None:  # fmt: skip
        sheet.casework.append(
            Casework(
                line=self._line("casework"), kind=kind, customer=account.reference,
                entity=item.entity if item else account.entity.code or None,
                on=self.dates[self.today - days_ago],
                items=((label(item), minor),) if item else (),
                amount_minor=minor or None, currency=item.currency if item else None,
                until_on=self.dates[until] if until else None, reason=reason, route=route,
            )
        )  # fmt: skip

    def _order(self, sheet: Sheet, account: _Account) -> None:
        rng = account.rng
        line = self._line("orders")
        sheet.orders.append(
            rows.OrderRow(
                line=line, customer=account.reference, number=f"SO-{line:06d}",
                amount_minor=max(100, int(account.habit.typical_minor * (0.5 + rng.random()))),
                currency=account.currency, entity=account.entity.code or None, status="open",
                ordered_on=self.dates[self.today - int(rng.random() * 20)],
            )
        )  # fmt: skip

    def _line(self, file: str) -> int:
        line = self.lines[file] = self.lines.get(file, 1) + 1
        return line


def allocated(payments: list[rows.PaymentRow]) -> dict[tuple[str, str, str], int]:
    """Return what payments not taken back allot to each (entity, customer, item label)."""
    back = {(row.entity, row.reverses) for row in payments if row.kind == "reversal"}
    totals: dict[tuple[str, str, str], int] = {}
    for row in payments:
        if row.kind == "payment" and (row.entity, row.reference) not in back:
            for item, minor in row.items:
                key = (row.entity or "", row.customer or "", item)
                totals[key] = totals.get(key, 0) + (minor or 0)
    return totals


__all__ = [
    "ONE_ENTITY", "Book", "Casework", "Entity", "ItemKey", "Manifest", "allocated", "generate",
    "key_of", "label", "write", "write_book",
]  # fmt: skip
