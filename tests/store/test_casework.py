"""What decisions rest on: facts that can be kept and restored, and what stands until woken."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
import zstandard
from django.db import transaction

from databases import Database
from dunwell.core import book as core
from dunwell.core import rows
from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import dispatch, found, hold, look, replay
from dunwell.store import bulk, calendars, facts, models, tx
from dunwell.store.records import cases, watch
from helpers import (
    NOW,
    TODAY,
    Book,
    cache_faults,
    credit_note,
    customer,
    found_organisation,
    instant,
    invoice,
    payment,
    reversal,
)

DAY = dt.timedelta(days=1)
PEOPLE = [f"C-{n}" for n in range(1, 7)]


@pytest.fixture
def rich(scope: Scope) -> Book:
    """A book with something of everything: two entities, three currencies, a parent and its
    child, part payments, credit, steps taken before, stops on a customer and on part of an item."""
    found.add_entity(scope, found.NewEntity("UK", "GBP", "Europe/London", "GB"), now=NOW)
    book = Book(scope)
    book.customers(
        *(customer(c, country="FR" if c == "C-2" else "DE") for c in PEOPLE),
        customer("P", country="DE", strategic=True, annual_revenue_minor=20_000_000),
        customer("C", parent="P", pays_via_parent=True, natural_person=True),
    )
    book.take("rates", rows.RateRow(line=2, currency="USD", base="EUR", on=TODAY, rate="0.91"))
    book.items(
        invoice("R-1", 10_000), invoice("R-2", 20_000, open_minor=5_000),
        invoice("R-3", 30_000, customer="C-2", currency="USD", issued_on=TODAY - 60 * DAY),
        invoice("R-4", 40_000, customer="C-3", payment_method="direct_debit"),
        invoice("R-5", 50_000, customer="C-4", due_on=TODAY + 9 * DAY),
        invoice("R-6", 60_000, customer="C-5", kind="instalment", part="2"),
        invoice("R-7", 70_000, customer="C", due_on=TODAY - 3 * DAY),
        invoice("R-8", 80_000, customer="C-6", entity="UK", currency="GBP"),
        credit_note("N-1", 1_000, applies_to="R-1"),
    )  # fmt: skip
    book.payments(
        payment("P-1", 3_000, items=[("R-1", None)]), payment("P-2", 5_000, customer="C-3"),
        payment("P-3", 50_000, customer="C-4", on=TODAY - 9 * DAY, items=[("R-5", None)]),
    )  # fmt: skip
    book.payments(reversal("X-3", 50_000, reverses="P-3", on=TODAY - 2 * DAY))
    book.take(
        "history",
        rows.HistoryRow(line=2, customer="C-2", on=TODAY - 9 * DAY, item="R-3", tone="friendly",
                        channel="email"),
    )  # fmt: skip
    stop = {"reason": "agreed", "now": NOW, "on": TODAY - 5 * DAY}
    hold.open_hold(scope, "C-3", items=[], amount_minor=None, until=TODAY + 9 * DAY, **stop)
    hold.open_hold(scope, "C-1", items=["R-2"], amount_minor=2_000, until=None, **stop)
    return book


def play(scope: Scope, day: dt.date, channel: MemoryChannel) -> None:
    """Let a day pass: look, record, hand over."""
    look.record(scope, look.propose(scope, as_of=day), mode="run", now=instant(day, 2))
    routes = {"email": channel, "letter": channel}
    dispatch.run(scope, routes, worker="w", now=instant(day, 16), plays=day)


def loaded(scope: Scope, day: dt.date) -> list[core.Facts]:
    """Load the facts of every case of every entity."""
    with tx.reading(scope):
        mine = models.Entity.objects.filter(organisation_id=scope.organisation_id)
        return [
            x.facts
            for entity in mine.order_by("code")
            for x in facts.Loader(scope, entity, as_of=day).stream()
        ]


def said(scope: Scope, day: dt.date) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what a day holds for each case: verdict and first reason."""
    return {
        (x.customer, x.entity): cases.outcome(x.made)[:2]
        for x in look.propose(scope, as_of=day).lines
    }


def test_facts_are_kept_and_restored_to_the_byte(rich: Book) -> None:
    """Rows become facts, facts become bytes, and the bytes become the same facts again."""
    channel = MemoryChannel()
    for n in range(12):
        play(rich.scope, TODAY + n * DAY, channel)
        with tx.transaction_of(rich.scope):
            known = calendars.load(rich.scope)
        seen = loaded(rich.scope, TODAY + n * DAY)
        for one in seen:
            kept = core.canonical(one)
            again = core.restore(kept, calendars=known)
            assert core.canonical(again) == kept
            assert [getattr(again, f) for f in PLAIN] == [getattr(one, f) for f in PLAIN]
    assert channel.sent, "steps were taken, so facts held them"
    everything = b"".join(core.canonical(f) for f in seen)
    for word in (b"taken", b"paid_gaps", b"stops", b"unapplied", b"rates", b"routes", b"outreach",
                 b"applies_to", b"child", b"method", b"paid"):  # fmt: skip
        assert b'"' + word + b'"' in everything, f"no case has {word.decode()}"


def test_rows_that_came_in_turns_are_all_loaded(scope: Scope) -> None:
    """Stops and steps of two customers, made in turns, each reach the facts of their case."""
    book = Book(scope)
    book.items(*(invoice(f"R-{n}", customer=f"C-{n % 2}", due_on=TODAY - DAY) for n in range(6)))
    for n in range(6):
        hold.open_hold(
            scope, f"C-{n % 2}", items=[f"R-{n}"], amount_minor=1_000, on=TODAY + 5 * DAY,
            until=None, reason="agreed", now=NOW,
        )  # fmt: skip
    steps = (rows.HistoryRow(line=2, customer=f"C-{n % 2}", on=TODAY - 9 * DAY, item=f"R-{n}",
                             tone="friendly") for n in range(6))  # fmt: skip
    book.take("history", *steps)
    seen = loaded(scope, TODAY)
    assert [len(f.stops) for f in seen] == [3, 3]
    assert [[len(i.taken) for i in f.items] for f in seen] == [[1, 1, 1], [1, 1, 1]]


PLAIN = [f for f in core.Facts.__struct_fields__ if not f.endswith("calendar")]


def test_every_recorded_decision_can_be_replayed(rich: Book) -> None:
    """The facts kept with a decision lead to it again, byte for byte (SEMANTICS 6.13)."""
    channel = MemoryChannel()
    for n in range(12):
        play(rich.scope, TODAY + n * DAY, channel)
    found = replay.run(rich.scope, first=TODAY, last=TODAY + 12 * DAY)
    assert found.decisions > 12
    assert (found.differences, found.newer_rules) == ([], [])


@pytest.mark.parametrize("seed", range(2))
def test_what_stands_is_what_would_be_decided_afresh(rich: Book, seed: int) -> None:
    """Whatever happens, what was decided before and still stands is what a look at everything
    would decide today: the look days are true (SEMANTICS 2.7)."""
    chance, scope, channel = random.Random(seed), rich.scope, MemoryChannel()
    paid: list[rows.PaymentRow] = []
    for n in range(14):
        day = TODAY + n * DAY
        event(chance, rich, day, paid)
        stands = said(scope, day)
        with transaction.atomic():
            tx.enter(scope)
            watch.wake_all(scope)
            afresh = said(scope, day)
            transaction.set_rollback(True)
        different = {k: (stands[k], afresh[k]) for k in afresh if stands.get(k) != afresh[k]}
        assert different == {}, f"day {n}"
        play(scope, day, channel)
        assert cache_faults(scope) == []
        assert step_faults(scope) == []


def event(chance: random.Random, book: Book, day: dt.date, paid: list[rows.PaymentRow]) -> None:
    """Let something happen on a day, or nothing."""
    at = {"as_of": day, "now": instant(day)}
    number, who = f"S-{chance.randrange(6)}", chance.choice(PEOPLE)
    kind = chance.choice(["item", "item", "payment", "reversal", "hold", "correction", "nothing"])
    if kind in ("item", "correction"):
        due = day + dt.timedelta(days=chance.randrange(-20, 10))
        book.items(invoice(number, chance.randrange(1, 90) * 1_000, customer=who, due_on=due), **at)
    elif kind == "payment":
        one = payment(f"Q-{day}", chance.randrange(1, 90) * 500, customer=who, on=day,
                      items=[(number, None)])  # fmt: skip
        book.payments(one, **at)
        paid.append(one)
    elif kind == "reversal" and paid:
        one = paid.pop(chance.randrange(len(paid)))
        book.payments(reversal(f"X-{day}", one.amount_minor, reverses=one.reference, on=day), **at)
    elif kind == "hold":
        until = chance.choice([None, day, day + 3 * DAY])
        hold.open_hold(
            book.scope, who, items=[], amount_minor=None, on=day - DAY, until=until,
            reason="asked", now=instant(day),
        )  # fmt: skip


def step_faults(scope: Scope) -> list[str]:
    """Recompute the steps every item carries, and what makes an item plain."""
    faults = []
    with tx.transaction_of(scope):
        mine = {"organisation_id": scope.organisation_id}
        live: dict[int, list[core.Taken]] = {}
        for s in models.StepTaken.objects.filter(**mine, voided_on=None).order_by("on", "pk"):
            one = core.Taken(s.step, s.on, s.tone, s.phase, s.named_on)
            live.setdefault(s.item_id, []).append(one)
        for item in models.Item.objects.filter(**mine):
            taken = live.get(item.pk, [])
            last = (taken[-1].on, taken[-1].step) if taken else (None, "")
            if item.taken != core.taken_text(taken) or (item.step_on, item.step) != last:
                faults.append(f"{item.number}: {item.taken!r}, {item.step} on {item.step_on}")
            if item.is_plain and (item.paid_gaps or item.payment_method):
                faults.append(f"{item.number} is not plain")
    return faults


def test_decisions_hold_the_facts_they_saw(rich: Book) -> None:
    """What a decision keeps is what the loader had seen before it."""
    seen = {(f.customer, f.entity): core.canonical(f) for f in loaded(rich.scope, TODAY)}
    look.record(rich.scope, look.propose(rich.scope, as_of=TODAY), mode="run", now=NOW)
    with tx.transaction_of(rich.scope):
        kept = {
            (d.customer.reference, d.entity.code): cases.plain(d.facts)
            for d in models.Decision.objects.filter(
                organisation_id=rich.scope.organisation_id
            ).select_related("customer", "entity")
        }
    assert set(kept) <= set(seen)
    assert kept
    for key, data in kept.items():
        assert items_of(data) == items_of(seen[key])


def items_of(data: bytes) -> Any:
    """Return the part of the facts that the look does not add to: the items."""
    import msgspec

    return msgspec.json.decode(data)["items"]


def test_no_personal_data_stands_outside_its_place(database: Database) -> None:
    """Names and addresses are in `personal` and nowhere else: not in events, facts, decisions,
    history or actions, so that erasing them there erases them (DATA.md 1.5)."""
    book = Book(found_organisation("acme"))
    words = ("Zaphod", "zaphod@heartofgold.example", "+44 7700 900123", "Betelgeuse Road")
    book.customers(customer("C-1", name=words[0], email=words[1], phone=words[2]))
    person = {"name": words[0], "email": words[1], "mobile": words[2], "address": words[3]}
    for name in (words[0], "Zaphod B."):
        book.take("contacts", rows.ContactRow(line=2, customer="C-1", **person | {"name": name}))
    book.items(invoice("R-1", 10_000))
    channel = MemoryChannel()
    for n in range(9):
        play(book.scope, TODAY + n * DAY, channel)
    assert channel.sent[0].to == words[1], "the message did reach the person"
    assert "first_reminder" in plain(cases.packer()(b'{"step":"first_reminder"}' * 99)), "not blind"
    with tx.transaction_of(book.scope):
        for model in models.__all__:
            table = getattr(models, model)
            if model in ("Personal", "StagedRow", "Organisation"):
                continue
            for row in table.objects.filter(organisation_id=book.scope.organisation_id).values():
                text = " ".join(plain(v) for v in row.values())
                assert not [w for w in words if w in text], f"{model}: {row}"


def plain(value: Any) -> str:
    """Return a value as text; a packed one unpacked, or the test would be blind to it."""
    if isinstance(value, bytes | memoryview):
        data = bytes(value)
        try:
            data = cases.plain(data)
        except zstandard.ZstdError:
            assert data[:1] in (b"[", b"{", b""), "bytes this test cannot read"
        return data.decode("utf-8", "replace")
    return str(value)


def test_a_look_writes_no_more_than_2000_rows_at_once(written: list[int]) -> None:
    """However many cases a night decides, each transaction stays short (DATA.md 1.7)."""
    book = Book(found_organisation("acme"))
    people = range(600)
    book.customers(*(customer(f"C-{n}") for n in people))
    book.items(*(invoice(f"R-{n}", customer=f"C-{n}", due_on=TODAY - 10 * DAY) for n in people))
    written.clear()
    look.record(book.scope, look.propose(book.scope, as_of=TODAY), mode="run", now=NOW)
    assert sum(written) > 2_400, "the counter counts"
    assert max(written) <= 2_000


def test_shares_of_a_book_are_the_whole_book(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each case is in one share, whether it is decided or stands."""
    book = Book(found_organisation("acme"))
    book.customers(*(customer(f"C-{n}") for n in range(12)))
    book.items(*(invoice(f"R-{n}", customer=f"C-{n}", due_on=TODAY + DAY) for n in range(12)))
    monkeypatch.setattr(bulk, "_BLOCK", 2)
    scope = book.scope
    for _ in ("decided", "stands"):
        shares = [look.propose(scope, as_of=TODAY, part=(n, 2)).lines for n in range(2)]
        assert all(shares)
        assert sorted(x.customer for share in shares for x in share) == sorted(
            f"C-{n}" for n in range(12)
        )
        look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=instant(TODAY))
