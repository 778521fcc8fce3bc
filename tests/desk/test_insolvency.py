"""Insolvency, a lawyer, a wish for no contact: what stops, at once, and nothing lets it out (7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ended import open_tasks, verbs
from evening import DAY, NINE, Evening, at, person

from dunwell import policies
from dunwell.core import policy as documents
from dunwell.core.decision import Act, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import found, hold, insolvency, look, standstill
from dunwell.store import models, personal, tx
from dunwell.store.records import setup, tasks
from helpers import MAIN, NOW, TODAY, Book, credit_note, customer, invoice


@pytest.fixture
def owing(book: Book) -> Evening:
    """C-1 owes R-1; its first reminder is in the outbox."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    evening = Evening(book.scope)
    evening.look()
    assert evening.states() == [("email", "ready")]
    return evening


def filed(scope: Scope, who: str = "C-1", on: dt.date = TODAY, **said: Any) -> dict[str, Any]:
    """Enter a filing today."""
    return insolvency.open_filing(scope, who, on=on, as_of=TODAY, now=NOW, **said)


def why(evening: Evening, who: str = "C-1", day: dt.date = TODAY) -> str:
    """Return why a customer hears nothing on a day, or ""."""
    made = evening.decided(who, day=day)
    return str(made.reason) if isinstance(made, Wait) else ""


# --- insolvency ------------------------------------------------------------------------------


def test_what_was_ready_to_go_is_taken_back_at_once(owing: Evening) -> None:
    """Nothing leaves, today or later, and the reason is to be seen."""
    assert filed(owing.scope)["cancelled"] == 1
    assert [(a.state, a.reason) for a in owing.outbox()] == [("cancelled", "insolvent")]
    assert owing.send().sent == 0
    for day in (TODAY, TODAY + 400 * DAY):
        assert why(owing, day=day) == "insolvent"
    assert owing.mail.sent == []


def test_what_a_worker_has_claimed_does_not_go_either(owing: Evening) -> None:
    """It is taken from the worker: its hand-over finds nothing of its own."""
    with tx.transaction_of(owing.scope):
        models.Action.objects.filter(organisation_id=owing.scope.organisation_id).update(
            state="claimed", lease_owner="w"
        )
    filed(owing.scope)
    assert owing.states() == [("email", "cancelled")]


def test_a_stop_that_came_after_the_look_is_seen_before_sending(owing: Evening) -> None:
    """A stop by another door: the case is decided once more, and the mail is cancelled."""
    hold.open_hold(
        owing.scope, "C-1", items=[], amount_minor=None, on=TODAY, until=None, reason="told",
        now=NOW, kind="insolvency",
    )  # fmt: skip
    assert owing.send().cancelled == 1
    assert "insolvent" in owing.outbox()[0].reason


def test_calls_and_questions_end_with_it(owing: Evening) -> None:
    """Open calls are nobody's to make, and what was asked is asked no more."""
    with tx.transaction_of(owing.scope):
        pk = models.Customer.objects.get(organisation_id=owing.scope.organisation_id).pk
        wanted = [tasks.Wanted("call", "c:1", None, pk), tasks.Wanted("allocate", "a:1", None, pk)]
        tasks.open_all(owing.scope, wanted, on=TODAY, at=NOW)
    filed(owing.scope)
    assert open_tasks(owing.scope, "call") == []
    assert len(open_tasks(owing.scope, "allocate")) == 1


def test_it_holds_at_every_entity_and_from_the_past(book: Book) -> None:
    """A backdated filing stops the whole customer from that day, wherever it owes."""
    found.add_entity(book.scope, MAIN._replace(code="NORTH"), now=NOW)
    book.customers(customer("C-1"))
    book.items(invoice("R-1"), invoice("N-1", entity="NORTH"))
    evening = Evening(book.scope)
    filed(book.scope, on=TODAY - 20 * DAY)

    lines = look.propose(book.scope, as_of=TODAY).lines
    assert {(x.entity, str(getattr(x.made, "reason", ""))) for x in lines} == {
        ("MAIN", "insolvent"), ("NORTH", "insolvent"),
    }  # fmt: skip
    evening.look()
    assert evening.outbox() == []


def test_no_policy_lets_anything_out(book: Book) -> None:
    """One that never waits, contacts at all hours and asks nobody changes nothing."""
    whole = policies.whole(policies.built_in("classic")).model_dump(mode="json")
    whole["settings"] |= {
        "min_days_between_contacts": 0, "quiet_seasons": [], "small_balance": "0",
        "hours": {"start": "00:00", "end": "23:59"},
    }  # fmt: skip
    for cadence in whole["cadences"].values():
        for step in cadence["steps"]:
            step |= {"wait": 0, "approve": None, "requires": [], "minimum": "0"}
    setup.record_policy(book.scope, documents.parse(whole), at=NOW)
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    evening = Evening(book.scope)
    assert isinstance(evening.decided(), Act)
    filed(book.scope)
    for days in (0, 1, 30, 60, 365):
        evening.look(TODAY + days * DAY)
        assert why(evening, day=TODAY + days * DAY) == "insolvent"
    assert evening.outbox() == []


def test_the_claim_has_its_task_until_it_is_filed(owing: Evening) -> None:
    """Its deadline is the court's; without one it has ten working days."""
    made = filed(owing.scope, claim_due=TODAY + 30 * DAY, court_reference="36 IN 1/26")
    (task,) = open_tasks(owing.scope, "proof_of_claim")
    assert task.due_on == TODAY + 30 * DAY
    for on in (TODAY - DAY, TODAY + DAY):
        with pytest.raises(Refused) as refusal:
            insolvency.claim(owing.scope, made["id"], on=on, as_of=TODAY, now=NOW)
        assert refusal.value.reason == "dates_crossed"
    insolvency.claim(owing.scope, made["id"], on=TODAY, as_of=TODAY, now=NOW)
    assert open_tasks(owing.scope, "proof_of_claim") == []
    with pytest.raises(Refused, match="filed on 2026-03-02") as refusal:
        insolvency.claim(owing.scope, made["id"], on=TODAY, as_of=TODAY, now=NOW)
    assert refusal.value.reason == "already_claimed"
    (row,) = insolvency.listed(owing.scope, customer="C-1")
    assert (row["court_reference"], row["claimed_on"]) == ("36 IN 1/26", TODAY)


def test_debts_are_parted_at_the_filing(book: Book) -> None:
    """Issued before it or from it on; credits taken off; each currency apart; guesses say so."""
    book.customers(customer("C-1"))
    filing = TODAY - 10 * DAY
    book.items(
        invoice("R-1", 10_000, issued_on=filing - DAY, due_on=TODAY + 20 * DAY),
        invoice("R-2", 5_000, issued_on=filing, due_on=TODAY + 20 * DAY),
        invoice("R-3", 2_000, due_on=filing - DAY, currency="USD"),
        credit_note("N-1", 1_000, issued_on=filing - DAY, due_on=filing),
    )
    number = filed(book.scope, on=filing)["id"]
    shown = insolvency.show(book.scope, number)
    assert [(i["number"], i["is_assumed"]) for i in shown["before"]["items"]] == [
        ("R-3", True), ("N-1", False), ("R-1", False),
    ]  # fmt: skip
    assert shown["before"]["totals"] == [
        {"currency": "EUR", "open_minor": 9_000}, {"currency": "USD", "open_minor": 2_000},
    ]  # fmt: skip
    assert [i["number"] for i in shown["after"]["items"]] == ["R-2"]
    with pytest.raises(Refused) as refusal:
        insolvency.show(book.scope, number + 1)
    assert refusal.value.reason == "unknown_insolvency"


def test_a_contact_after_the_filing_is_shown(owing: Evening) -> None:
    """What had gone before anybody knew is there to be answered for."""
    owing.send()
    number = filed(owing.scope, on=TODAY - DAY)["id"]
    (contact,) = insolvency.show(owing.scope, number)["contacts_since"]
    assert (contact["on"], contact["channel"]) == (TODAY, "email")


def test_children_become_tasks_and_their_cases_go_on(book: Book) -> None:
    """A parent's insolvency is not its child's."""
    book.customers(customer("C-1"), customer("C-2", parent="C-1"))
    book.items(invoice("S-1", customer="C-2"))
    filed(book.scope)
    assert len(open_tasks(book.scope, "child_of_insolvent")) == 1
    assert why(Evening(book.scope), "C-2") == ""


def test_a_filing_that_makes_no_sense_is_refused(owing: Evening) -> None:
    """A day ahead, a deadline before the filing, a second one while one is open."""
    for reason, said in (
        ("date_ahead", {"on": TODAY + DAY}),
        ("dates_crossed", {"claim_due": TODAY - DAY}),
        ("unknown_customer", {"who": "C-9"}),
    ):
        with pytest.raises(Refused) as refusal:
            filed(owing.scope, **said)  # type: ignore[arg-type]
        assert refusal.value.reason == reason
    filed(owing.scope)
    with pytest.raises(Refused) as refusal:
        filed(owing.scope)
    assert refusal.value.reason == "already_open"


def test_it_ends_by_its_own_command_and_with_a_reason(owing: Evening) -> None:
    """From that day on the case is looked at as before; `hold close` cannot end it."""
    number = filed(owing.scope)["id"]
    with tx.reading(owing.scope):
        stop = models.Stop.objects.get(organisation_id=owing.scope.organisation_id)
    with pytest.raises(Refused):
        hold.close_hold(owing.scope, stop.pk, on=TODAY, now=NOW)
    more: dict[str, Any] = {"as_of": TODAY + 3 * DAY, "now": NOW}
    with pytest.raises(Refused, match="--reason"):
        insolvency.close(owing.scope, number, reason="", **more)
    insolvency.close(owing.scope, number, reason="petition dismissed", **more)
    assert why(owing, day=TODAY + 2 * DAY) == "insolvent"
    assert why(owing, day=TODAY + 3 * DAY) == ""
    with pytest.raises(Refused) as refusal:
        insolvency.close(owing.scope, number, reason="again", **more)
    assert refusal.value.reason == "nothing_to_close"
    assert {"insolvency_opened", "insolvency_closed"} <= set(verbs(owing.scope))


# --- lawyer and ceased -----------------------------------------------------------------------


def named(scope: Scope, **said: Any) -> dict[str, Any]:
    """Name C-1's lawyer today."""
    given: dict[str, Any] = {"contact": "Dr Ada Holm", "email": "holm@law.example"} | said
    return standstill.open_lawyer(scope, "C-1", on=TODAY, as_of=TODAY, now=NOW, **given)


def test_a_lawyer_named_stops_everything_and_is_kept(owing: Evening) -> None:
    """Name and address are personal; nothing goes to the customer or the lawyer by itself."""
    with pytest.raises(Refused) as refusal:
        named(owing.scope, email="")
    assert refusal.value.reason == "address_missing"
    number = named(owing.scope)["id"]
    assert owing.states() == [("email", "cancelled")]
    owing.look(TODAY + 30 * DAY)
    assert why(owing, day=TODAY + 30 * DAY) == "legal_representation"
    assert owing.states() == [("email", "cancelled")]
    (row,) = standstill.listed(owing.scope, noun="lawyer", customer="C-1")
    assert row["contacts"] == [
        {"name": "Dr Ada Holm", "email": "holm@law.example", "phone": "", "address": ""}
    ]
    with pytest.raises(Refused) as refusal:
        named(owing.scope)
    assert refusal.value.reason == "already_open"
    with tx.reading(owing.scope):
        events = models.Event.objects.filter(organisation_id=owing.scope.organisation_id)
        assert not any("Holm" in refs for refs in events.values_list("refs", flat=True))
    standstill.close(
        owing.scope, number, noun="lawyer", reason="mandate ended", as_of=TODAY + DAY, now=NOW
    )
    assert why(owing, day=TODAY + DAY) == ""


def ceased(scope: Scope, channel: str | None = None, on: dt.date = TODAY) -> dict[str, Any]:
    """Keep C-1's wish for no contact."""
    return standstill.open_ceased(scope, "C-1", channel=channel, on=on, as_of=TODAY, now=NOW)


def test_a_wish_for_no_contact_stops_the_whole_customer(owing: Evening) -> None:
    """Until it is taken back, by name of the noun, with a reason."""
    with pytest.raises(Refused) as refusal:
        ceased(owing.scope, on=TODAY + DAY)
    assert refusal.value.reason == "date_ahead"
    number = ceased(owing.scope)["id"]
    assert owing.send().sent == 0
    assert why(owing) == "ceased"
    for noun, reason, word in (
        ("ceased", " ", "reason_missing"), ("lawyer", "r", "nothing_to_close"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            standstill.close(owing.scope, number, noun=noun, reason=reason, as_of=TODAY, now=NOW)
        assert refusal.value.reason == word
    standstill.close(
        owing.scope, number, noun="ceased", reason="they wrote", as_of=TODAY, now=NOW
    )  # fmt: skip
    assert why(owing) == ""


def test_no_mail_wanted_means_by_post_whatever_a_later_list_says(
    owing: Evening, book: Book
) -> None:
    """The channel stays closed for addresses that come later; post goes instead, or nobody."""
    number = ceased(owing.scope, "email")["id"]
    assert owing.send() == owing.send()._replace(cancelled=1), "the mail ready to go is cancelled"
    assert why(owing) == "no_route"
    book.take("contacts", person("ap", email="new@example.com", consent="email"))
    assert why(owing) == "no_route"
    book.take("contacts", person("buyer", address="1 Long Road\nAnytown"))
    made = owing.decided()
    assert isinstance(made, Act)
    assert [a.channel for a in made.actions] == ["letter"]
    (row,) = standstill.listed(owing.scope, noun="ceased")
    assert row["channel"] == "email"
    standstill.close(owing.scope, number, noun="ceased", reason="again", as_of=TODAY, now=NOW)
    made = owing.decided()
    assert isinstance(made, Act)
    assert [a.channel for a in made.actions] == ["email"]


def test_no_calls_wanted_means_no_call_is_planned(book: Book) -> None:
    """A step goes by its mail alone, whether a number is known or not."""
    book.customers(customer("C-1", phone="+49 30 1"))
    book.items(invoice("R-1", due_on=TODAY - 40 * DAY))
    evening = Evening(book.scope)
    with_calls = planned(evening)
    assert "call" in with_calls
    ceased(book.scope, "phone")
    assert planned(evening) == [c for c in with_calls if c != "call"]


def planned(evening: Evening) -> list[str]:
    """Return the channels of the final notice, which calls too."""
    day = TODAY
    for _ in range(4):
        made = evening.decided(day=day)
        if isinstance(made, Act) and made.step == "final_notice":
            return [a.channel for a in made.actions]
        if isinstance(made, Act):
            evening.look(day)
            evening.send(at(day, NINE.hour))
        day += 7 * DAY
    raise AssertionError("no final notice in four weeks")


def test_notes_are_kept_apart(owing: Evening) -> None:
    """What people write may speak of people."""
    number = filed(owing.scope, note="Eva Kern told us")["id"]
    (row,) = insolvency.listed(owing.scope)
    assert row["note"] == "Eva Kern told us"
    with tx.transaction_of(owing.scope):
        assert personal.erase(owing.scope, "insolvency", number, at=NOW) == 1
    assert insolvency.listed(owing.scope)[0]["note"] == ""
