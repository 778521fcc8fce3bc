"""Claims beside a debt: counted, asked, posted, paid for and waived, to the cent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from dunwell import policies
from dunwell.core import book as facts_of
from dunwell.core import decide
from dunwell.core import policy as documents
from dunwell.core.decision import Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, dispute, interest, law
from dunwell.store import facts, models, tx
from dunwell.store import policies as store_policies
from dunwell.store.records import setup
from helpers import (
    NOW,
    TODAY,
    Book,
    cache_faults,
    credit_note,
    customer,
    invoice,
    payment,
    reversal,
)

DAY = dt.timedelta(days=1)
DUE = dt.date(2025, 7, 1)
END = dt.date(2025, 12, 31)
POSTED: dict[str, Any] = {"enabled": True, "approve": None}


def claims_interest(scope: Scope, **said: Any) -> None:
    """Publish a policy under which the entity claims interest."""
    plain = policies.built_in("classic").model_dump(mode="json", exclude_defaults=True)
    plain["settings"] = {"interest": POSTED | said}
    setup.record_policy(scope, documents.parse(plain), at=NOW)


@pytest.fixture
def owing(scope: Scope, book: Book) -> Book:
    """C-1 owes EUR 3,650.00 since 1 July 2025; interest is claimed and posted at once."""
    claims_interest(scope)
    book.customers(customer("C-1"), customer("C-2"))
    book.items(invoice("R-1", 3_650_00, due_on=DUE))
    return book


def one(scope: Scope, **said: Any) -> dict[str, Any]:
    """Return what is found on the one item that is late."""
    given: dict[str, Any] = {"customer": "C-1", "entity": None, "as_of": END, "with_paid": True}
    (found,) = interest.listed(scope, **given | said)
    return found


def claim(scope: Scope, *, by: str = "", **said: Any) -> dict[str, Any]:
    """Claim what there is on C-1 through the end of 2025."""
    given: dict[str, Any] = {"items": [], "entity": None, "as_of": END, "on": TODAY, "now": NOW}
    return interest.open_claims(scope._replace(actor=by or scope.actor), "C-1", **given | said)


def numbers(found: dict[str, Any]) -> dict[str, int]:
    """Return what was posted, by number."""
    return {c["number"]: c["amount_minor"] for c in found["claims"]}


# --- counted -----------------------------------------------------------------------------------


def test_what_would_be_claimed_is_shown_with_what_it_rests_on(owing: Book, scope: Scope) -> None:
    """183 days at 10.27 percent, and EUR 40: each row of law with its source."""
    found = one(scope)
    assert (found["days"], found["interest_minor"], found["compensation_minor"]) == (
        183, 187_94, 40_00,
    )  # fmt: skip
    (line,) = found["lines"]
    assert (line["first_on"], line["last_on"], line["rate_percent"]) == (
        "2025-07-02", "2025-12-31", "10.27",
    )  # fmt: skip
    assert found["interest_exact"] == "187.941000"
    assert [(r["rule"], r["value"]) for r in line["rows"]] == [
        ("reference_rate", "1.27"), ("margin", "9"),
    ]  # fmt: skip
    assert found["compensation_row"]["value"] == "EUR 0=40"
    assert found["why_not"] is None


def test_interest_is_off_until_a_policy_turns_it_on(scope: Scope, book: Book) -> None:
    """Nothing is counted and nothing claimed under the policies that are built in."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", due_on=DUE))
    for try_it in (lambda: one(scope), lambda: claim(scope), lambda: one(scope, entity="MAIN")):
        with pytest.raises(Refused) as caught:
            try_it()
        assert caught.value.reason == "interest_off"
    with pytest.raises(Refused, match="no entity"):
        one(scope, entity="NORTH")


def test_a_day_without_a_rate_refuses_and_says_what_to_add(owing: Book, scope: Scope) -> None:
    """The shipped rates end in 2025; a row that is added lets it be counted."""
    for try_it in (lambda: one(scope, as_of=TODAY), lambda: claim(scope, as_of=TODAY)):
        with pytest.raises(Refused, match="dunwell law add --jurisdiction DE") as caught:
            try_it()
        assert caught.value.reason == "no_rate_row"
    with tx.transaction_of(scope):
        assert not models.Claim.objects.filter(organisation_id=scope.organisation_id).exists()
    law.add(
        scope, jurisdiction="DE", rule="reference_rate", value="1.27", first=dt.date(2026, 1, 1),
        last=None, source="Bundesbank", debtor_type="any", creditor_role="any", now=NOW,
    )  # fmt: skip
    found = one(scope, as_of=TODAY)
    assert [x["rate_percent"] for x in found["lines"]] == ["10.27", "10.27"]
    assert found["lines"][1]["rows"][0]["is_own"]
    with pytest.raises(Refused, match="2026-07-01"):
        one(scope, as_of=dt.date(2026, 7, 1))


def test_items_that_can_be_counted_are_listed_beside_those_that_cannot(
    owing: Book, scope: Scope
) -> None:
    """One item older than the shipped rates does not hide the other; claiming refuses."""
    owing.items(invoice("R-0", 100_00, due_on=dt.date(2019, 3, 1)))
    old, new = interest.listed(scope, customer="C-1", entity="MAIN", as_of=END, with_paid=False)
    assert old["why_not"]["reason"] == "no_rate_row"
    assert (old["interest_minor"], new["interest_minor"]) == (0, 187_94)
    with pytest.raises(Refused, match="2019-03-02"):
        claim(scope)
    assert list(numbers(claim(scope, items=["R-1"]))) == ["INT-R-1-1", "INT-R-1-2"]


def test_no_interest_before_it_is_late_nor_ahead(owing: Book, scope: Scope) -> None:
    """Nothing on the due date; a day that has not come is refused."""
    assert interest.listed(scope, customer=None, entity=None, as_of=DUE, with_paid=True) == []
    with pytest.raises(Refused) as caught:
        claim(scope, as_of=TODAY + DAY)
    assert caught.value.reason == "date_ahead"


@pytest.mark.parametrize(
    ("said", "country", "minor", "fixed"),
    [
        ({"law_of": "customer"}, "FR", 222_35, 40_00),
        ({"law_of": "customer"}, "", 187_94, 40_00),
        ({"compensation": False}, "FR", 187_94, 0),
        ({"regime": "contract", "contract_rate": 12}, "FR", 219_60, 40_00),
        ({"regime": "contract", "contract_margin": 3}, "FR", 78_14, 40_00),
        ({"day_count": "act_360"}, "FR", 190_55, 40_00),
        ({"rounding": "daily"}, "FR", 188_49, 40_00),
    ],
)
def test_the_policy_says_how_it_is_counted(
    scope: Scope, book: Book, said: dict[str, Any], country: str, minor: int, fixed: int
) -> None:
    """Whose law, which rate, how days are counted and where it is rounded."""
    claims_interest(scope, **said)
    book.customers(customer("C-1", country=country))
    book.items(invoice("R-1", 3_650_00, due_on=DUE))
    found = one(scope)
    assert (found["interest_minor"], found["compensation_minor"]) == (minor, fixed)


@pytest.mark.parametrize(
    ("said", "reason"),
    [({}, "natural_person"), ({"natural_persons": True, "law_of": "customer"}, "natural_person")],
)
def test_natural_persons_are_left_out_where_the_law_is_for_businesses(
    scope: Scope, book: Book, said: dict[str, Any], reason: str
) -> None:
    """By default everywhere; where the policy asks for it, as far as the law goes."""
    claims_interest(scope, **said)
    book.customers(customer("C-1", natural_person=True, country="FR"))
    book.items(invoice("R-1", due_on=DUE))
    assert one(scope)["why_not"]["reason"] == reason
    with pytest.raises(Refused) as caught:
        claim(scope, items=["R-1"])
    assert caught.value.reason == reason


def test_a_consumers_law_holds_for_a_natural_person(scope: Scope, book: Book) -> None:
    """Germany: five points, and no fixed sum."""
    claims_interest(scope, natural_persons=True)
    book.customers(customer("C-1", natural_person=True))
    book.items(invoice("R-1", 3_650_00, due_on=DUE))
    found = one(scope)
    assert (found["interest_minor"], found["compensation_minor"]) == (114_74, 0)


def test_less_than_the_minimum_is_not_claimed(scope: Scope, book: Book) -> None:
    """It is shown, with the reason."""
    claims_interest(scope, minimum="300.00")
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 3_650_00, due_on=DUE))
    assert one(scope)["why_not"]["reason"] == "below_minimum"
    with pytest.raises(Refused) as caught:
        claim(scope)
    assert caught.value.reason == "nothing_to_claim"


def test_without_an_agreed_date_the_law_gives_thirty_days(scope: Scope, book: Book) -> None:
    """Terms that are only the entity's own default leave thirty days from the invoice."""
    claims_interest(scope)
    with tx.transaction_of(scope):
        models.Entity.objects.filter(organisation_id=scope.organisation_id).update(terms_days=10)
    book.customers(customer("C-1"), customer("C-2", terms_days=10))
    issued = dt.date(2025, 7, 1)
    book.items(
        msgspec.structs.replace(invoice("R-1", issued_on=issued), due_on=None),
        msgspec.structs.replace(invoice("R-2", customer="C-2", issued_on=issued), due_on=None),
    )
    firsts = {
        r["item"]: r["lines"][0]["first_on"]
        for r in interest.listed(scope, customer=None, entity=None, as_of=END, with_paid=False)
    }
    assert firsts == {"R-1": "2025-08-01", "R-2": "2025-07-12"}


# --- money -------------------------------------------------------------------------------------


def test_payments_credit_notes_and_disputes_change_what_bears_interest(
    owing: Book, scope: Scope
) -> None:
    """A credit note and an open dispute from the first day, a payment from the day after it.

    3,650.00 less 650.00 credited less 1,000.00 disputed; BGB 367 takes the EUR 40 and the
    interest so far out of the 1,000.00 that was paid.
    """
    claims_interest(scope, allocation="law")
    owing.items(credit_note("G-1", 650_00, applies_to="R-1"))
    _dispute(scope, amount_minor=1_000_00)
    owing.payments(payment("P-1", 1_000_00, on=dt.date(2025, 7, 11), items=[("R-1", None)]))
    found = one(scope)
    assert found["principal_minor"] == 2_000_00
    before, after = found["lines"]
    assert (before["principal"], before["days"]) == ("2000.000000", 10)
    assert after["principal"] == "1045.627397"
    assert found["allocation"] == "costs"


def _dispute(scope: Scope, *, amount_minor: int | None, items: tuple[str, ...] = ("R-1",)) -> int:
    return dispute.open_dispute(
        scope, "C-1", items=list(items), amount_minor=amount_minor, on=dt.date(2025, 8, 1),
        code="price", now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(("outcome", "minor"), [("rejected", 187_94), ("upheld", 0), ("", 0)])
def test_a_dispute_takes_what_it_is_about_out_until_it_is_rejected(
    owing: Book, scope: Scope, outcome: str, minor: int
) -> None:
    """While it is open and once it is upheld, no interest on it; rejected, from the first day."""
    stop = _dispute(scope, amount_minor=None)
    if outcome:
        dispute.close_dispute(
            scope, stop, outcome=outcome, answer="we have looked", on=dt.date(2025, 9, 1), now=NOW
        )
    assert one(scope)["interest_minor"] == minor


def test_days_in_which_the_customer_was_right_do_not_count(owing: Book, scope: Scope) -> None:
    """Credited in part: the rest bears interest, but not from the dispute to its answer."""
    stop = _dispute(scope, amount_minor=None)
    owing.items(credit_note("G-1", 650_00, applies_to="R-1"))
    dispute.close_dispute(
        scope, stop, outcome="credited", answer="a part", credit_note="G-1",
        on=dt.date(2025, 8, 20), now=NOW,
    )  # fmt: skip
    found = one(scope)
    assert found["principal_minor"] == 3_000_00
    assert [(x["first_on"], x["last_on"]) for x in found["lines"]] == [
        ("2025-07-02", "2025-07-31"), ("2025-08-21", "2025-12-31"),
    ]  # fmt: skip


def test_what_a_list_says_was_paid_bears_no_interest(scope: Scope, book: Book) -> None:
    """Nobody can show when it was paid; a payment with its day counts until then."""
    claims_interest(scope)
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 3_650_00, due_on=DUE, open_minor=1_000_00))
    assert one(scope)["principal_minor"] == 1_000_00
    book.payments(payment("P-1", 2_650_00, on=dt.date(2025, 9, 1), items=[("R-1", None)]))
    assert one(scope)["principal_minor"] == 3_650_00


def test_a_payment_that_was_taken_back_never_paid(owing: Book, scope: Scope) -> None:
    """The debt was open all the time."""
    owing.payments(payment("P-1", 3_650_00, on=dt.date(2025, 9, 1), items=[("R-1", None)]))
    assert one(scope)["days"] == 62
    owing.payments(reversal("P-1R", 3_650_00, reverses="P-1", on=dt.date(2025, 9, 4)))
    assert one(scope)["days"] == 183


def test_paid_in_time_there_is_nothing(owing: Book, scope: Scope) -> None:
    """Neither interest nor a fixed sum; an item paid late is listed only if asked for."""
    owing.payments(payment("P-1", 3_650_00, on=DUE, items=[("R-1", None)]))
    given: dict[str, Any] = {"customer": "C-1", "entity": None, "as_of": END}
    assert interest.listed(scope, **given, with_paid=True) == []
    owing.items(invoice("R-2", 100_00, due_on=DUE))
    owing.payments(payment("P-2", 100_00, on=DUE + 10 * DAY, items=[("R-2", None)]))
    assert interest.listed(scope, **given, with_paid=False) == []
    assert [r["item"] for r in interest.listed(scope, **given, with_paid=True)] == ["R-2"]


# --- claimed -----------------------------------------------------------------------------------


def test_a_claim_is_an_item_of_its_own(owing: Book, scope: Scope) -> None:
    """Interest and compensation, numbered after the invoice, due at once, with their basis."""
    done = claim(scope)
    assert done["state"] == "posted"
    assert numbers(done) == {"INT-R-1-1": 187_94, "INT-R-1-2": 40_00}
    item = owing.item("INT-R-1-1")
    assert (item.kind, item.due_on, item.open_minor) == ("claim", TODAY, 187_94)
    assert cache_faults(scope) == []
    shown = interest.shown(scope, done["claims"][0]["id"])
    assert (shown["on_item"], shown["kind"], shown["state"]) == ("R-1", "interest", "open")
    assert (shown["from_on"], shown["to_on"]) == (DUE + DAY, END)
    assert shown["basis"]["lines"][0]["rows"][0]["source"].startswith("Deutsche Bundesbank")
    fixed = interest.shown(scope, done["claims"][1]["id"])
    assert fixed["basis"]["rows"][0]["value"] == "EUR 0=40"
    with pytest.raises(Refused) as caught:
        interest.shown(scope, 99)
    assert caught.value.reason == "unknown_claim"


def test_what_was_claimed_is_not_claimed_again(owing: Book, scope: Scope) -> None:
    """Claims of an item add up to the cent; the fixed sum is claimed once."""
    first = numbers(claim(scope, as_of=dt.date(2025, 9, 15)))
    assert first == {"INT-R-1-1": 78_05, "INT-R-1-2": 40_00}
    with pytest.raises(Refused) as caught:
        claim(scope, as_of=dt.date(2025, 9, 15))
    assert caught.value.reason == "nothing_to_claim"
    second = claim(scope)
    assert numbers(second) == {"INT-R-1-3": 109_89}
    assert 78_05 + 109_89 == 187_94
    assert interest.shown(scope, second["id"])["from_on"] == dt.date(2025, 9, 16)


def test_money_that_turns_up_later_is_taken_off_the_next_claim(owing: Book, scope: Scope) -> None:
    """Too much was claimed by then: the next claim is smaller, or nothing."""
    claim(scope, as_of=dt.date(2025, 9, 15))
    owing.payments(payment("P-1", 3_650_00, on=dt.date(2025, 8, 1), items=[("R-1", None)]))
    found = one(scope)
    assert (found["interest_so_far_minor"], found["interest_minor"]) == (31_84, 0)


def test_a_claim_bears_no_interest_and_has_no_compensation(owing: Book, scope: Scope) -> None:
    """No interest on interest: only the invoice is ever listed."""
    claim(scope, as_of=dt.date(2025, 9, 15), on=dt.date(2025, 9, 15))
    rows = interest.listed(scope, customer="C-1", entity=None, as_of=END, with_paid=True)
    assert [r["item"] for r in rows] == ["R-1"]
    with pytest.raises(Refused) as caught:
        claim(scope, items=["INT-R-1-1"])
    assert caught.value.reason == "nothing_to_claim"


def test_a_claim_survives_the_payment_of_its_principal(owing: Book, scope: Scope) -> None:
    """It stays open until it is paid or waived by name; waived, all of its history is kept."""
    done = claim(scope)
    owing.payments(payment("P-1", 3_650_00, on=TODAY, items=[("R-1", None)]))
    assert (owing.open("R-1"), owing.open("INT-R-1-1")) == (0, 187_94)
    number = done["claims"][0]["id"]
    with pytest.raises(Refused) as caught:
        interest.waive(scope, number, reason=" ", on=TODAY, now=NOW)
    assert caught.value.reason == "reason_missing"
    ben = scope._replace(actor="ben")
    gone = interest.waive(ben, number, reason="a good customer", on=TODAY, now=NOW)
    assert (gone["state"], gone["amount_minor"]) == ("waived", 187_94)
    shown = interest.shown(scope, number)
    assert (shown["state"], shown["waived_by"], shown["reason"], shown["open_minor"]) == (
        "waived", "ben", "a good customer", 0,
    )  # fmt: skip
    assert shown["amount_minor"] == 187_94
    with tx.transaction_of(scope):
        (move,) = models.Allocation.objects.filter(
            organisation_id=scope.organisation_id, item__number="INT-R-1-1"
        )
        assert (move.source, move.amount_minor, move.payment_id) == ("waived", 187_94, None)
    assert cache_faults(scope) == []
    with pytest.raises(Refused, match="waived on"):
        interest.waive(scope, number, reason="again", on=TODAY, now=NOW)


def test_what_was_waived_is_not_claimed_again(owing: Book, scope: Scope) -> None:
    """The days of a waived claim are gone with it."""
    done = claim(scope, as_of=dt.date(2025, 9, 15))
    for c in done["claims"]:
        interest.waive(scope, c["id"], reason="a good customer", on=TODAY, now=NOW)
    assert numbers(claim(scope)) == {"INT-R-1-3": 109_89}


def test_a_paid_claim_cannot_be_waived(owing: Book, scope: Scope) -> None:
    """A payment names it as any item; nothing is open then."""
    done = claim(scope)
    owing.payments(payment("P-1", 187_94, on=TODAY, items=[("INT-R-1-1", None)]))
    assert interest.shown(scope, done["id"])["state"] == "paid"
    with pytest.raises(Refused) as caught:
        interest.waive(scope, done["id"], reason="late", on=TODAY, now=NOW)
    assert caught.value.reason == "nothing_to_close"


def test_instalments_are_numbered_apart(scope: Scope, book: Book) -> None:
    """Each has its own claims, under a number that says which."""
    claims_interest(scope, compensation=False)
    book.customers(customer("C-1"))
    book.items(
        invoice("R-1", 1_000_00, kind="instalment", part="1", due_on=DUE),
        invoice("R-1", 1_000_00, kind="instalment", part="2", due_on=DUE + 31 * DAY),
    )
    assert numbers(claim(scope)) == {"INT-R-1-1-1": 51_49, "INT-R-1-2-1": 42_77}


# --- approval ----------------------------------------------------------------------------------


@pytest.fixture
def asked(scope: Scope, book: Book) -> str:
    """The key under which bob, a manager, is asked for what ben wants to claim."""
    claims_interest(scope, approve="manager")
    setup.record_user(scope, "bob", roles=["manager"], at=NOW)
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 3_650_00, due_on=DUE))
    done = claim(scope, by="ben")
    assert (done["state"], done["approval"], done["claims"]) == ("asked", "manager", [])
    assert done["amounts"] == [{"currency": "EUR", "amount_minor": 227_94}]
    assert claim(scope, by="ben")["key"] == done["key"]
    return str(done["key"])


def posted(scope: Scope) -> list[tuple[str, int]]:
    """Return the claims there are, by number."""
    with tx.transaction_of(scope):
        rows = models.Claim.objects.filter(organisation_id=scope.organisation_id).order_by("pk")
        return [(c.item.number, c.item.amount_minor) for c in rows.select_related("item")]


def test_a_claim_waits_for_the_manager(asked: str, scope: Scope) -> None:
    """Nothing is posted before the yes, and all of it with it."""
    assert posted(scope) == []
    approve.approve(scope._replace(actor="bob"), asked, as_of=TODAY, now=NOW)
    assert posted(scope) == [("INT-R-1-1", 187_94), ("INT-R-1-2", 40_00)]


def test_a_refused_claim_is_not_posted(asked: str, scope: Scope) -> None:
    """It may be asked again."""
    bob = scope._replace(actor="bob")
    approve.refuse(bob, asked, reason="a good customer", until=None, as_of=TODAY, now=NOW)
    assert posted(scope) == []


def test_what_fell_since_it_was_asked_is_posted_with_fresh_figures(
    asked: str, scope: Scope, book: Book
) -> None:
    """Money that turned up in between lowers it; more than was asked is never posted."""
    book.payments(payment("P-1", 3_650_00, on=DUE + 10 * DAY, items=[("R-1", None)]))
    approve.approve(scope._replace(actor="bob"), asked, as_of=TODAY, now=NOW)
    assert posted(scope) == [("INT-R-1-1", 10_27), ("INT-R-1-2", 40_00)]


def test_more_than_was_asked_is_not_covered(asked: str, scope: Scope, book: Book) -> None:
    """A rate corrected upward must be asked for anew."""
    law.add(
        scope, jurisdiction="DE", rule="reference_rate", value="9", first=DUE, last=END,
        source="a correction", debtor_type="any", creditor_role="any", now=NOW,
    )  # fmt: skip
    with pytest.raises(Refused) as caught:
        approve.approve(scope._replace(actor="bob"), asked, as_of=TODAY, now=NOW)
    assert caught.value.reason == "amount_rose"
    assert posted(scope) == []


def test_what_was_paid_in_time_after_all_posts_nothing(
    asked: str, scope: Scope, book: Book
) -> None:
    """The yes stands, and there is nothing left to post."""
    book.payments(payment("P-1", 3_650_00, on=DUE, items=[("R-1", None)]))
    approve.approve(scope._replace(actor="bob"), asked, as_of=TODAY, now=NOW)
    assert posted(scope) == []


# --- the ladder --------------------------------------------------------------------------------


def test_a_claim_never_counts_toward_a_minimum(owing: Book, scope: Scope) -> None:
    """Alone it makes nobody be written to, however large (SEMANTICS 1, 4.4)."""
    claim(scope)
    owing.payments(payment("P-1", 3_650_00, on=TODAY, items=[("R-1", None)]))
    with tx.transaction_of(scope):
        entity = models.Entity.objects.get(organisation_id=scope.organisation_id)
        policy = store_policies.current(scope, entity.policy)[1]
        on = TODAY + 30 * DAY
        (loaded,) = facts.Loader(scope, entity, as_of=on).stream()
    assert {i.kind for i in loaded.facts.items} == {"claim"}
    made = decide.decide(loaded.facts, policy, as_of=on)
    assert "claim" in facts_of.DEBITS
    assert isinstance(made, Wait)
    assert made.reason == "below_minimum"
