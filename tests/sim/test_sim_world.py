"""The world: deterministic, conserving, late and forgetful as customers are."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from dunwell.core import calls
from dunwell.sim import book, demo, habits, replies
from dunwell.sim.nouns import Book, Contacted, DayEvents, ItemKey, Spoken, key_of
from dunwell.sim.world import World

AS_OF = dt.date(2026, 1, 5)


@pytest.fixture(scope="module")
def company() -> Book:
    return demo.demo_book(as_of=AS_OF)


def chase(world: World) -> list[Contacted]:
    """Contact, on Tuesdays and Fridays, everybody whose items our ledger shows as open."""
    if world.as_of.weekday() not in (1, 4):
        return []
    shown = {
        key[:2]: None for key in world.truth.items()
        if world.truth.told_open_on(key, on=world.as_of)
    }  # fmt: skip
    return [Contacted(entity=e, customer=c, tone="urgent") for e, c in shown]


def play(world: World, *, days: int, chasing: bool) -> list[DayEvents]:
    return [world.tomorrow(chase(world) if chasing else []) for _ in range(days)]


def test_the_same_seed_and_the_same_contacts_give_the_same_days(company: Book) -> None:
    """Two worlds that hear the same live the same days, to the byte."""
    one, two = (play(World(seed=3, as_of=AS_OF, book=company), days=60, chasing=True) for _ in "ab")
    assert msgspec.json.encode(one) == msgspec.json.encode(two)


def test_the_seed_decides(company: Book) -> None:
    """Worlds of another seed live other days."""
    one, two = (
        play(World(seed=seed, as_of=AS_OF, book=company), days=10, chasing=False) for seed in (1, 2)
    )
    assert msgspec.json.encode(one) != msgspec.json.encode(two)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_conserves_money(company: Book, seed: int) -> None:
    """After a year, what files told about each item is what is open, and never below nothing."""
    world = World(seed=seed, as_of=AS_OF, book=company)
    opened = {key_of(i): i.open_minor or 0 for i in company.items if i.kind != "credit_note"}
    by_name = {(k[0], k[1], f"{k[3]}/{k[4]}" if k[4] else k[3]): k for k in opened}
    paid: dict[str, tuple[tuple[str, int | None], ...]] = {}
    overpaid: set[str] = set()
    for day in play(world, days=365, chasing=True):
        overpaid |= set(day.overpaid)
        for item in day.items:
            opened[key_of(item)] = item.amount_minor
            name = f"{item.number}/{item.part}" if item.part else item.number
            by_name[item.entity or "", item.customer, name] = key_of(item)
        for row in sorted(day.payments + day.reversals, key=lambda row: row.line):
            sign, named = -1, row.items
            if row.kind == "reversal":
                sign, named = 1, paid[f"{row.entity} {row.reverses}"]
            else:
                paid[f"{row.entity} {row.reference}"] = row.items
                allotted = sum(minor or 0 for _, minor in row.items)
                assert allotted == row.amount_minor or not row.items or row.reference in overpaid
                assert allotted <= row.amount_minor
            for name, minor in named:
                key = by_name[row.entity or "", row.customer or "", name]
                opened[key] += sign * (minor or 0)
                assert opened[key] >= 0
    today = world.as_of
    assert opened == {key: world.truth.told_open_on(key, on=today) for key in opened}
    assert set(opened) == set(world.truth.items())


def test_settled_items_are_owed_nothing_from_that_day(company: Book) -> None:
    """The settled date is the first of the days since which nothing is owed."""
    world = World(seed=4, as_of=AS_OF, book=company)
    play(world, days=120, chasing=True)
    settled = 0
    for key in world.truth.items():
        day = world.truth.settled_on(key)
        if day is None:
            assert world.truth.owed_on(key, on=world.as_of) > 0
            continue
        settled += 1
        assert world.truth.owed_on(key, on=day) == 0
        assert world.truth.owed_on(key, on=world.as_of) == 0
        assert (
            day == AS_OF
            or world.truth.owed_on(key, on=day - dt.timedelta(days=1)) > 0
            or (key not in {key_of(item) for item in company.items})
        )
    assert settled > 500


def test_what_is_paid_is_told_unless_the_money_does_not_say_or_a_credit_covers(
    company: Book,
) -> None:
    """A settled item that our ledger still shows has a late file, mute money or a credit note."""
    world = World(seed=6, as_of=AS_OF, book=company)
    days = play(world, days=200, chasing=True)
    while days[-1].late_bank_file or days[-1].on.weekday() > 4:
        days += play(world, days=1, chasing=False)
    credited = {(row.entity, row.customer, row.applies_to) for row in company.items}
    credited |= {(r.entity, r.customer, r.applies_to) for d in days for r in d.credit_notes}
    mute = 0
    for key in world.truth.settled:
        if world.truth.told_open_on(key, on=world.as_of):
            mute += key in world.truth.unmatched
            assert key in world.truth.unmatched or (key[0], key[1], key[3]) in credited
    assert mute > 0


def test_a_late_bank_file_comes_the_next_working_day(company: Book) -> None:
    """On a day without a bank file no payment is told; the next file has that day's money too."""
    world = World(seed=2, as_of=AS_OF, book=company)
    days = [day for day in play(world, days=365, chasing=False) if day.on.weekday() < 5]
    late = [n for n, day in enumerate(days[:-1]) if day.late_bank_file]
    assert late
    for n in late:
        assert not days[n].payments
        assert not days[n].reversals
    caught_up = [
        row.paid_on
        for n in late if not days[n + 1].late_bank_file
        for row in days[n + 1].payments
    ]  # fmt: skip
    assert set(caught_up) >= {days[n].on for n in late if not days[n + 1].late_bank_file}


def test_being_reminded_brings_money_in(company: Book) -> None:
    """After four months, less is owed where we wrote every week than where we kept silent."""
    owed = []
    for chasing in (True, False):
        world = World(seed=5, as_of=AS_OF, book=company)
        play(world, days=120, chasing=chasing)
        due = [key for key in world.truth.items() if not world.truth.settled_on(key)]
        owed.append(len(due))
    assert owed[0] < owed[1] * 0.95


def test_the_contacted_answer_and_the_silent_do_not(company: Book) -> None:
    """Replies come only where we wrote, and many intents are among them."""
    quiet = play(World(seed=5, as_of=AS_OF, book=company), days=60, chasing=False)
    assert not [reply for day in quiet for reply in day.replies]
    heard = play(World(seed=5, as_of=AS_OF, book=company), days=150, chasing=True)
    intents = Counter(reply.intent for day in heard for reply in day.replies)
    assert {"promise_to_pay", "dispute", "already_paid", "request_document"} <= set(intents)
    promised = [reply for day in heard for reply in day.replies if reply.promised_on]
    assert all(reply.promised_on > reply.received_on for reply in promised if reply.promised_on)
    assert all(reply.text and "{" not in reply.text for day in heard for reply in day.replies)


def test_promises_are_kept_and_broken(company: Book) -> None:
    """Of the promises of four months some are kept by their day and some are not."""
    world = World(seed=8, as_of=AS_OF, book=company)
    days = play(world, days=150, chasing=True)
    kept = broken = 0
    labels = {(k[0], k[1], f"{k[3]}/{k[4]}" if k[4] else k[3]): k for k in world.truth.items()}
    for day in days[:120]:
        for case in day.promises:
            assert case.until_on
            left = [
                world.truth.owed_on(
                    labels[case.entity or "", case.customer, name], on=case.until_on
                )
                for name, _ in case.items
            ]
            kept, broken = kept + (sum(left) == 0), broken + (sum(left) > 0)
    assert kept > broken > 0


def test_a_dispute_ends_with_a_credit_note_or_a_no(company: Book) -> None:
    """Every dispute that ended names its outcome, and a credited one comes with its credit note."""
    world = World(seed=9, as_of=AS_OF, book=company)
    outcomes: Counter[str | None] = Counter()
    for day in play(world, days=200, chasing=True):
        ended = [case for case in day.disputes if case.ended_on]
        assert all(case.on < day.on == case.ended_on for case in ended)
        outcomes.update(case.outcome for case in ended)
        assert len(day.credit_notes) == sum(case.outcome == "credited" for case in ended)
    assert set(outcomes) == {"credited", "rejected"}


def test_nothing_happens_on_a_weekend(company: Book) -> None:
    """No money, paper or mail moves on Saturday and Sunday."""
    for day in play(World(seed=1, as_of=AS_OF, book=company), days=30, chasing=True):
        if day.on.weekday() > 4:
            assert day == DayEvents(on=day.on)


def test_reversed_money_is_owed_again() -> None:
    """A payment taken back reopens its items for at least that amount."""
    ledger = book.generate(items=1_500, seed=3, as_of=AS_OF)
    for reference, habit in ledger.habits.items():
        ledger.habits[reference] = msgspec.structs.replace(habit, bounces_money=0.5)
    world = World(seed=1, as_of=AS_OF, book=ledger)
    days = play(world, days=60, chasing=False)
    names = {(k[1], k[3]): k for k in world.truth.items() if not k[4]}
    paid = {row.reference: row for day in days for row in day.payments}
    checked = 0
    for day in days:
        for row in day.reversals:
            before = paid[row.reverses or ""]
            assert before.amount_minor == row.amount_minor
            assert before.paid_on
            assert row.paid_on
            assert before.paid_on < row.paid_on
            for name, minor in before.items:
                if "/" not in name:
                    checked += 1
                    owed = world.truth.owed_on(names[row.customer or "", name], on=row.paid_on)
                    assert owed >= (minor or 0)
    assert checked > 50


def test_the_day_is_written_as_files(company: Book, tmp_path: Path) -> None:
    """Each kind of row that a day has stands in a file of its own, and no other file exists."""
    world = World(seed=1, as_of=AS_OF, book=company)
    for day in play(world, days=20, chasing=True):
        out = tmp_path / day.on.isoformat()
        paths = world.files(day, out)
        assert set(paths.values()) == set(out.iterdir())
        expected = {
            "items": len(day.items) + len(day.credit_notes),
            "payments": len(day.payments) + len(day.reversals),
            "rates": len(day.rates),
        }
        for kind, count in expected.items():
            assert (kind in paths) == (count > 0)
            if count:
                with paths[kind].open(encoding="utf-8", newline="") as file:
                    assert len(list(csv.DictReader(file))) == count


def test_every_intent_can_be_said_in_every_language() -> None:
    """No reply fails for want of words, whatever the customer's language."""
    for intent in replies.TEXTS:
        for language in ("en", "de", "fr", "es", "it", "nl", "pt", "sv"):
            said = replies.text(
                habits.dice(1), intent=intent, language=language, items="R1",
                date="2026-01-05", amount="EUR 1.00", reason="price",
            )  # fmt: skip
            assert said
            assert "{" not in said


def test_pay_days_are_working_days() -> None:
    """Whatever day a customer means to pay on, it pays on a working day not before it."""
    start = AS_OF.toordinal()
    for kind in ("any", "friday", "half_month", "month_end"):
        for day in range(start, start + 400):
            pays = habits.next_pay_day(kind, day)
            assert dt.date.fromordinal(pays).weekday() < 5
            assert day <= pays <= day + 35


# --- being spoken to, and agreeing -------------------------------------------------------------


def rung(world: World, *, days: int) -> list[tuple[Contacted, Spoken]]:
    """Ring up everybody with something overdue, each Tuesday."""
    said = []
    for _ in range(days):
        world.tomorrow([])
        if world.as_of.weekday() == 1:
            said += [(c, world.call(c)) for c in overdue(world)]
    return said


def overdue(world: World) -> list[Contacted]:
    """Return whom our ledger shows as owing something that is due."""
    rows = {key_of(r): r for r in world.book.items}
    who = {
        k[:2] for k in world.truth.items()
        if k in rows and rows[k].due_on and rows[k].due_on < world.as_of
        and world.truth.owed_on(k, on=world.as_of)
    }  # fmt: skip
    return [Contacted(entity=e, customer=c, tone="firm", channel="call") for e, c in sorted(who)]


def test_whoever_is_rung_up_says_what_can_be_noted(company: Book) -> None:
    """Outcomes are those of the trade; a promise has a day ahead, an objection one item."""
    world = World(seed=4, as_of=AS_OF, book=company)
    said = [x for _, x in rung(world, days=40)]
    assert {x.outcome for x in said} <= set(calls.OUTCOMES)
    assert {"reached", "promise", "voicemail"} <= {x.outcome for x in said}
    assert all((x.promised_on is not None) is (x.outcome == "promise") for x in said)
    assert all(x.promised_on > AS_OF for x in said if x.promised_on)
    assert all(len(x.items) == 1 and x.reason for x in said if x.outcome == "dispute")


@pytest.mark.parametrize("keeps_word", [1.0, 0.0])
def test_instalments_agreed_are_paid_or_given_up(company: Book, keeps_word: float) -> None:
    """Who keeps its word pays each instalment on its day; a chance is left to who does not."""
    habits_of = {
        who: msgspec.structs.replace(habit, keeps_word=keeps_word)
        for who, habit in company.habits.items()
    }
    days = [dt.date(2026, 1, 20), dt.date(2026, 2, 20)]
    world = World(
        seed=4, as_of=AS_OF, book=msgspec.structs.replace(company, habits=habits_of)
    )  # fmt: skip
    world.tomorrow([])
    halves: dict[ItemKey, int] = {}
    whole: dict[ItemKey, int] = {}
    for who in overdue(world)[:40]:
        key = next(k for k in world.truth.items() if k[:2] == (who.entity, who.customer)
                   and world.truth.owed_on(k, on=world.as_of) and not k[4])  # fmt: skip
        owed = whole[key] = world.truth.owed_on(key, on=world.as_of)
        halves[key] = owed // 2
        due = [(days[0], halves[key]), (days[1], owed - halves[key])]
        world.agree(who.customer, items=[key[3]], due=due)
    for _ in range(60):
        world.tomorrow([])
    first = sum(world.truth.owed_on(k, on=days[0]) == whole[k] - halves[k] for k in whole)
    last = sum(world.truth.owed_on(k, on=days[1]) == 0 for k in whole)
    if keeps_word:
        assert (first, last) == (len(whole), len(whole))
    else:
        assert len(whole) > first > last > 0
    before = days[0] - dt.timedelta(days=1)
    assert all(world.truth.owed_on(k, on=before) == minor for k, minor in whole.items())


def test_what_a_credit_note_settled_is_cleared_once(company: Book) -> None:
    """The ledger states note and item as closed when nothing of it is owed or under way."""
    world = World(seed=9, as_of=AS_OF, book=company)
    cleared = []
    for _ in range(200):
        world.tomorrow(chase(world))
        cleared += world.clear()
    assert cleared
    assert all(row.open_minor == 0 for row in cleared)
    items = [row for row in cleared if row.kind != "credit_note"]
    assert len(items) * 2 == len(cleared) == 2 * len({key_of(row) for row in items})
    for row in items:
        assert world.truth.told_open_on(key_of(row), on=world.as_of) >= 0
    assert world.clear() == []
