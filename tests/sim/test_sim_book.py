"""The generator: same seed, same bytes; money conserved; a book an accountant would believe."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from dunwell.core import money, rows
from dunwell.sim import book, demo, files, habits
from dunwell.sim.nouns import Book, key_of, label

AS_OF = dt.date(2026, 11, 2)


@pytest.fixture(scope="module")
def company() -> Book:
    return demo.demo_book(as_of=AS_OF)


@pytest.fixture(scope="module")
def large() -> Book:
    return book.generate(items=6_000, seed=11, as_of=AS_OF, settled_per_open=0.3)


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def minor(text: str, currency: str) -> int:
    return money.to_minor(Decimal(text), currency)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two books written from the same arguments are equal in every byte of every file."""
    for name in ("one", "two"):
        book.write_book(tmp_path / name, items=800, seed=5, as_of=AS_OF, settled_per_open=0.5)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_another_seed_gives_another_book(tmp_path: Path) -> None:
    """The seed decides: with another one every file that has chance in it differs."""
    book.write_book(tmp_path / "one", items=800, seed=5, as_of=AS_OF)
    book.write_book(tmp_path / "two", items=800, seed=6, as_of=AS_OF)
    one, two = digest(tmp_path / "one"), digest(tmp_path / "two")
    assert [name for name in one if one[name] == two[name]] == []


def test_streaming_and_memory_give_the_same_files(tmp_path: Path) -> None:
    """A book streamed to disk equals the same book made in memory and then written."""
    book.write_book(tmp_path / "streamed", items=500, seed=9, as_of=AS_OF)
    whole = book.generate(items=500, seed=9, as_of=AS_OF)
    book.write(whole, out=tmp_path / "written")
    assert digest(tmp_path / "streamed") == digest(tmp_path / "written")


def test_the_files_have_exactly_the_agreed_columns(tmp_path: Path) -> None:
    """Headings are those of DATA.md 3.4, and nothing but those files is written."""
    book.write_book(tmp_path, items=50, seed=1, as_of=AS_OF)
    assert {path.name for path in tmp_path.iterdir()} == {
        "customers.csv", "contacts.csv", "items.csv", "payments.csv", "history.csv",
        "rates.csv", "orders.csv", "casework.csv", "manifest.json",
    }  # fmt: skip
    headings = (tmp_path / "items.csv").read_text("utf-8").splitlines()[0]
    assert headings == (
        "entity,customer,number,part,kind,issued_on,due_on,terms,amount,open_amount,currency,"
        "applies_to,po_number,description,document,payment_method"
    )


@pytest.mark.parametrize("count", [1, 4, 37, 1_000])
def test_there_are_exactly_as_many_open_items_as_asked(count: int) -> None:
    """The number of items with an open amount is the number asked for, however small."""
    found = book.generate(items=count, seed=3, as_of=AS_OF, settled_per_open=0.4)
    assert sum(1 for item in found.items if item.open_minor) == count


def test_a_book_without_items_is_refused() -> None:
    """Asking for no items is an error, not an empty folder."""
    with pytest.raises(ValueError, match="at least one item"):
        book.generate(items=0, seed=1, as_of=AS_OF)


@pytest.mark.parametrize("name", ["company", "large"])
def test_what_is_open_is_what_payments_do_not_explain(
    name: str, request: pytest.FixtureRequest
) -> None:
    """For every item, amount = open + what payments not reversed allocate to it."""
    found: Book = request.getfixturevalue(name)
    told = book.allocated(found.payments)
    named = set()
    for item in found.items:
        where = (item.entity or "", item.customer, label(item))
        named.add(where)
        assert item.open_minor is not None
        assert item.amount_minor == item.open_minor + told.get(where, 0)
        assert 0 <= item.open_minor <= item.amount_minor
    assert set(told) <= named


@pytest.mark.parametrize("name", ["company", "large"])
def test_items_and_payments_are_identified(name: str, request: pytest.FixtureRequest) -> None:
    """No two items share (entity, customer, kind, number, part), no two payments a reference."""
    found: Book = request.getfixturevalue(name)
    items = Counter(key_of(item) for item in found.items)
    payments = Counter((row.entity, row.reference) for row in found.payments)
    assert max(items.values()) == max(payments.values()) == 1


def test_control_totals_equal_the_files(tmp_path: Path) -> None:
    """The manifest's totals and counts are what an independent reader adds up from the files."""
    told = book.write_book(
        tmp_path, items=2_000, seed=4, as_of=AS_OF, settled_per_open=0.5,
        entities=demo.ENTITIES,
    )  # fmt: skip
    amount: dict[str, int] = defaultdict(int)
    open_: dict[str, int] = defaultdict(int)
    for row in lines(tmp_path / "items.csv"):
        sign = -1 if row["kind"] == "credit_note" else 1
        amount[row["currency"]] += sign * minor(row["amount"], row["currency"])
        open_[row["currency"]] += sign * minor(row["open_amount"], row["currency"])
    received: dict[str, int] = defaultdict(int)
    for row in lines(tmp_path / "payments.csv"):
        sign = -1 if row["kind"] == "reversal" else 1
        received[row["currency"]] += sign * minor(row["amount"], row["currency"])
    assert (told.amount_minor, told.open_minor) == (dict(amount), dict(open_))
    assert told.received_minor == dict(received)
    assert told.counts == {kind: len(lines(tmp_path / f"{kind}.csv")) for kind in files.COLUMNS}
    written = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert written["open_minor"] == told.open_minor
    assert written["as_of"] == "2026-11-02"
    assert "JPY" in told.open_minor


def test_received_money_is_allocated_or_unapplied(tmp_path: Path) -> None:
    """Per currency, received = settled on items + unapplied, reversals taken back."""
    told = book.write_book(tmp_path, items=3_000, seed=8, as_of=AS_OF, settled_per_open=0.4)
    credited: dict[str, int] = defaultdict(int)
    for row in lines(tmp_path / "items.csv"):
        if row["kind"] != "credit_note":
            credited[row["currency"]] += minor(row["amount"], row["currency"]) - minor(
                row["open_amount"], row["currency"]
            )
    for currency, received in told.received_minor.items():
        assert received == credited[currency] + told.unapplied_minor[currency]


def test_every_row_reads_back_as_it_was_made(tmp_path: Path) -> None:
    """Items, payments and customers read from the files are the typed rows that were written."""
    found = book.generate(items=400, seed=2, as_of=AS_OF, entities=demo.ENTITIES)
    book.write(found, out=tmp_path)

    def day(text: str) -> dt.date | None:
        return dt.date.fromisoformat(text) if text else None

    read = [
        rows.ItemRow(
            line=n, customer=r["customer"], number=r["number"], kind=r["kind"], part=r["part"],
            amount_minor=minor(r["amount"], r["currency"]), currency=r["currency"],
            open_minor=minor(r["open_amount"], r["currency"]), entity=r["entity"] or None,
            issued_on=day(r["issued_on"]), due_on=day(r["due_on"]),
            terms_days=int(r["terms"]) if r["terms"] else None,
            applies_to=r["applies_to"] or None, po_number=r["po_number"] or None,
            description=r["description"] or None, document=r["document"] or None,
            payment_method=r["payment_method"] or None,
        )
        for n, r in enumerate(lines(tmp_path / "items.csv"), start=2)
    ]  # fmt: skip
    assert read == found.items
    paid = [
        rows.PaymentRow(
            line=n, reference=r["reference"], kind=r["kind"], currency=r["currency"],
            amount_minor=minor(r["amount"], r["currency"]), paid_on=day(r["paid_on"]),
            customer=r["customer"] or None, entity=r["entity"] or None,
            reverses=r["reverses"] or None,
            items=tuple(
                (part.split("=")[0], minor(part.split("=")[1], r["currency"]))
                for part in r["items"].split(";") if part
            ),
        )
        for n, r in enumerate(lines(tmp_path / "payments.csv"), start=2)
    ]  # fmt: skip
    assert paid == found.payments
    read_names = [(r["reference"], r["name"]) for r in lines(tmp_path / "customers.csv")]
    assert read_names == [(row.reference, row.name) for row in found.customers]


def test_no_cell_can_be_taken_for_a_formula(tmp_path: Path) -> None:
    """No cell of any file begins with a character that a spreadsheet would execute."""
    book.write_book(tmp_path, items=1_500, seed=3, as_of=AS_OF, entities=demo.ENTITIES)
    for path in tmp_path.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.reader(file):
                assert not [cell for cell in line if cell[:1] in ("=", "+", "-", "@", "\t")]


def test_nobody_can_be_reached_by_accident(large: Book, company: Book) -> None:
    """Every mail address is at a domain kept for examples."""
    for found in (large, company):
        people: list[rows.CustomerRow | rows.ContactRow] = [*found.customers, *found.contacts]
        ends = {row.email.rpartition("@")[2] for row in people if row.email}
        assert ends == {"example.com", "example.org", "example.net"}


def test_open_amounts_can_be_left_to_the_payments(tmp_path: Path) -> None:
    """With `open_amounts=False` the column is empty, and nothing else changes."""
    book.write_book(tmp_path / "with", items=300, seed=6, as_of=AS_OF)
    book.write_book(tmp_path / "without", items=300, seed=6, as_of=AS_OF, open_amounts=False)
    told, silent = (lines(tmp_path / name / "items.csv") for name in ("with", "without"))
    assert {row["open_amount"] for row in silent} == {""}
    assert [row | {"open_amount": ""} for row in told] == silent


def test_a_currency_mix_is_followed() -> None:
    """A mix of currencies is what customers are billed in, in about those shares."""
    mix = {"EUR": 0.7, "KWD": 0.2, "JPY": 0.1}
    found = book.generate(items=4_000, seed=1, as_of=AS_OF, currency_mix=mix)
    seen = Counter(row.currency for row in found.customers)
    assert set(seen) == set(mix)
    assert 0.6 < seen["EUR"] / len(found.customers) < 0.8


@pytest.mark.parametrize("seed", range(5))
def test_the_share_overdue_is_believable(seed: int) -> None:
    """Between a quarter and a half of the open debits are overdue, whatever the seed."""
    found = book.generate(items=3_000, seed=seed, as_of=AS_OF)
    debits = [item for item in found.items if item.due_on is not None]
    overdue = sum(1 for item in debits if item.due_on and item.due_on < AS_OF)
    assert 0.25 < overdue / len(debits) < 0.5


def test_habits_show_in_the_ledger(large: Book) -> None:
    """Slow payers paid later than prompt ones, early ones before the due date, on the average."""
    due = {(i.customer, label(i)): i.due_on for i in large.items if i.due_on}
    late: dict[str, list[int]] = defaultdict(list)
    for row in large.payments:
        if row.customer is None or row.paid_on is None:
            continue
        for name, _ in row.items:
            days = (row.paid_on - due[row.customer, name]).days
            if row.kind == "payment":
                late[large.habits[row.customer].kind].append(days)
    mean = {kind: sum(days) / len(days) for kind, days in late.items() if len(days) > 20}
    assert mean["early"] < mean["prompt"] < mean["slow"]
    assert mean["slow"] > mean["prompt"] + 8


def test_all_troubles_are_there(company: Book) -> None:
    """The demo's book shows every trouble that the desk knows how to meet."""
    assert {item.kind for item in company.items} == {
        "invoice", "instalment", "debit_note", "credit_note",
    }  # fmt: skip
    assert {row.kind for row in company.payments} == {"payment", "reversal"}
    assert {"dispute", "promise", "bounced"} <= {case.kind for case in company.casework}
    promises = [case.until_on for case in company.casework if case.kind == "promise"]
    assert any(until and until < AS_OF for until in promises)
    assert any(until and until > AS_OF for until in promises)
    assert any(row.applies_to for row in company.items)
    assert any(row.kind == "credit_note" and not row.applies_to for row in company.items)
    assert any(row.kind == "payment" and not row.items for row in company.payments)
    assert any(len(row.items) > 1 for row in company.payments)
    assert any(row.natural_person for row in company.customers)
    assert any(row.strategic for row in company.customers)
    assert any(row.email is None for row in company.customers)
    assert any(row.pays_via_parent for row in company.customers)
    assert {habit.kind for habit in company.habits.values()} == set(habits.KINDS)
    assert len({row.currency for row in company.items}) > 5
    assert company.orders
    assert company.history


def test_the_demo_is_six_entities_and_two_thousand_invoices(company: Book) -> None:
    """Size and spread of the demo are what its page promises."""
    assert {row.entity for row in company.customers} == {e.code for e in demo.ENTITIES}
    assert len(company.customers) == 260
    assert 1_900 < len(company.items) < 2_200
    biggest = Counter(item.customer for item in company.items).most_common(1)[0][1]
    assert biggest >= 140


def test_a_large_book_has_a_whale() -> None:
    """One customer of a large book has thousands of open invoices."""
    found = book.generate(items=30_000, seed=1, as_of=AS_OF)
    counts = Counter(item.customer for item in found.items).most_common(2)
    assert counts[0][1] == 3_000
    assert counts[1][1] < 200


def test_old_numbers_occur_at_several_customers() -> None:
    """Invoice numbers identify an item only together with its customer."""
    found = book.generate(items=6_000, seed=2, as_of=AS_OF)
    owners: dict[str, set[str]] = defaultdict(set)
    for item in found.items:
        owners[item.number].add(item.customer)
    assert max(len(some) for some in owners.values()) > 5


def test_parents_stand_before_their_children(large: Book) -> None:
    """A child's parent is a customer named earlier in the file, and no child itself."""
    seen: dict[str, rows.CustomerRow] = {}
    children = 0
    for row in large.customers:
        if row.parent:
            children += 1
            assert seen[row.parent].parent is None
        seen[row.reference] = row
    assert children > 5


def test_nothing_happens_after_the_day_of_the_book(large: Book, company: Book) -> None:
    """No issue, payment, old contact or dispute bears a date after `as_of`, or on no workday."""
    for found in (large, company):
        days = [item.issued_on for item in found.items]
        days += [row.paid_on for row in found.payments]
        assert all(day and day <= AS_OF and day.weekday() < 5 for day in days)
        assert all(row.on <= AS_OF for row in found.history)
        assert all(case.on <= AS_OF for case in found.casework)


def test_nobody_pays_before_being_billed(large: Book) -> None:
    """Money for an item comes on the day of its issue or later."""
    issued = {(i.customer, label(i)): i.issued_on for i in large.items if i.kind != "credit_note"}
    for row in large.payments:
        for name, _ in row.items:
            day = issued[row.customer or "", name]
            assert day
            assert row.paid_on
            assert day <= row.paid_on
