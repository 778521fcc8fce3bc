"""Names and addresses: kept outside the chain, corrected without a trace of the old, erasable."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from databases import Database
from dunwell.core import rows
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import journal, models, personal, tx
from helpers import NOW, Book, bare_organisation, customer

LATER = NOW + dt.timedelta(days=1)


@pytest.fixture
def book(database: Database) -> Book:
    """A book with one customer, its address, and a person there."""
    made = Book(bare_organisation("acme"))
    made.customers(customer("C-1", name="Ada Lovelace", email="ada@example.com"))
    made.take(
        "contacts",
        rows.ContactRow(line=2, customer="C-1", name="Charles", role="manager",
                        email="charles@example.com", phone="1", language="en"),
    )  # fmt: skip
    return made


def contacts(scope: Scope) -> list[models.Contact]:
    """Return the organisation's contacts."""
    with tx.transaction_of(scope):
        mine = models.Contact.objects.filter(organisation_id=scope.organisation_id)
        return list(mine.order_by("pk"))


def kept(scope: Scope, subject: str, subject_id: int) -> dict[str, str]:
    """Return what is kept about a subject, by field."""
    with tx.transaction_of(scope):
        return {f: text for (_, f), text in personal.read(scope, subject, [subject_id]).items()}


def events(scope: Scope, verb: str) -> list[models.Event]:
    """Return the events of one verb."""
    with tx.transaction_of(scope):
        mine = models.Event.objects.filter(organisation_id=scope.organisation_id, verb=verb)
        return list(mine.order_by("pk"))


def test_erasing_leaves_the_chain_whole(book: Book) -> None:
    """What an event committed to can be erased: the chain verifies, the words are gone, and that
    they were erased is in the journal."""
    scope = book.scope
    _, charles = contacts(scope)
    with tx.transaction_of(scope):
        name = models.Personal.objects.get(
            organisation_id=scope.organisation_id, subject="contact", subject_id=charles.pk,
            field="name",
        )  # fmt: skip
        commitment = journal.commit_to(bytes(name.salt), bytes(name.body))
        journal.append(scope, "named", refs={"contact": charles.pk}, at=NOW, commitment=commitment)
    journal.seal(scope, at=NOW)
    with tx.transaction_of(scope):
        assert personal.erase(scope, "contact", charles.pk, at=LATER) == 3
    journal.seal(scope, at=LATER)
    assert journal.verify(scope).ok
    assert kept(scope, "contact", charles.pk) == {}
    (named,), (erased,) = events(scope, "named"), events(scope, "erased")
    assert named.commitment == commitment, "what was committed to can no longer be guessed at"
    assert '"fields":["email","name","phone"]' in erased.refs
    assert "Charles" not in erased.refs
    with tx.transaction_of(scope):
        rest = models.Personal.objects.filter(
            organisation_id=scope.organisation_id, subject="contact", subject_id=charles.pk
        )
        assert {(p.salt, p.body) for p in rest} == {(None, None)}


def test_erasing_twice_is_erasing_once(book: Book) -> None:
    """There is nothing to erase a second time, and nothing is told again."""
    _, charles = contacts(book.scope)
    with tx.transaction_of(book.scope):
        counts = [personal.erase(book.scope, "contact", charles.pk, at=LATER) for _ in range(2)]
    assert counts == [3, 0]
    assert len(events(book.scope, "erased")) == 1


def test_a_legal_hold_blocks_erasing_with_its_reason(book: Book) -> None:
    """What a court may ask for stays until the hold is lifted; nothing of it is erased."""
    _, charles = contacts(book.scope)
    with tx.transaction_of(book.scope):
        models.Personal.objects.filter(
            organisation_id=book.scope.organisation_id, subject_id=charles.pk, field="email"
        ).update(legal_hold="LG Berlin 5 O 12/26")
    with pytest.raises(Refused, match="LG Berlin"), tx.transaction_of(book.scope):
        personal.erase(book.scope, "contact", charles.pk, at=LATER)
    assert kept(book.scope, "contact", charles.pk)["name"] == "Charles"


def test_an_erased_address_comes_back_only_with_a_new_file(book: Book) -> None:
    """Erased is not known; a file that names the person again is a new word, with new salt."""
    own, _ = contacts(book.scope)
    with tx.transaction_of(book.scope):
        personal.erase(book.scope, "contact", own.pk, at=LATER)
    assert kept(book.scope, "contact", own.pk) == {}
    book.customers(customer("C-1", name=None, email="new@example.com"))
    assert kept(book.scope, "contact", own.pk) == {"email": "new@example.com"}


def test_a_changed_address_leaves_no_old_one(book: Book) -> None:
    """The old address is gone, the journal says that it changed, and whose, not what it was."""
    own, _ = contacts(book.scope)
    book.customers(customer("C-1", name=None, email="ada@new.example"))
    assert kept(book.scope, "contact", own.pk)["email"] == "ada@new.example"
    (told,) = events(book.scope, "personal_changed")
    assert told.refs == f'{{"rows":[[{own.pk},"email"]],"subject":"contact"}}'


def test_a_new_address_forgets_what_was_wrong_with_the_old(book: Book) -> None:
    """A route that bounced is used again once its address was corrected, and only then."""
    own, _ = contacts(book.scope)
    with tx.transaction_of(book.scope):
        route = models.Route.objects.filter(
            organisation_id=book.scope.organisation_id, contact=own, channel="email"
        )
        route.update(invalid_on=NOW.date(), invalid_reason="bounced")
    book.customers(customer("C-1", name="Ada Lovelace", email="ada@example.com"))
    with tx.transaction_of(book.scope):
        assert route.get().invalid_on == NOW.date(), "the same address again is no correction"
    book.customers(customer("C-1", name=None, email="ada@new.example"))
    with tx.transaction_of(book.scope):
        assert (route.get().invalid_on, route.get().invalid_reason) == (None, "")


def test_a_contact_is_corrected_with_history(book: Book) -> None:
    """Language and best time of a known person change with history; nobody is made twice."""
    row = rows.ContactRow(line=2, customer="C-1", name="Charles", role="manager", language="de",
                          best_time="mornings")  # fmt: skip
    found = book.take("contacts", row, row, now=LATER)
    _, charles = contacts(book.scope)
    assert (charles.language, charles.best_time) == ("de", "mornings")
    assert (found.counts["created"], found.counts["changed"]) == (0, 1)
    with tx.transaction_of(book.scope):
        former = models.History.objects.get(
            organisation_id=book.scope.organisation_id, table="contact", row=charles.pk
        )
    assert former.former == {"language": "en", "best_time": ""}


def test_a_person_twice_in_a_file_is_one_person(book: Book) -> None:
    """Two rows of one new person add up; people of the same role are told apart by name."""
    ap = {"line": 2, "customer": "C-1", "role": "ap"}
    book.take(
        "contacts", rows.ContactRow(**ap, name="Grace", email="grace@example.com"),
        rows.ContactRow(**ap, name="Grace", phone="2"), rows.ContactRow(**ap, name="Alan"),
    )  # fmt: skip
    found = [(c.role, c.number) for c in contacts(book.scope)]
    assert found == [("ap", 0), ("manager", 1), ("ap", 1), ("ap", 2)]
    grace = contacts(book.scope)[2]
    assert kept(book.scope, "contact", grace.pk) == {
        "name": "Grace", "email": "grace@example.com", "phone": "2",
    }  # fmt: skip


def test_consent_withdrawn_closes_the_way(book: Book) -> None:
    """A row that names the channels somebody agreed to closes the others, addresses or not."""
    book.take("contacts", rows.ContactRow(line=2, customer="C-1", name="Charles", role="manager",
                                          consent="phone"))  # fmt: skip
    _, charles = contacts(book.scope)
    with tx.transaction_of(book.scope):
        routes = models.Route.objects.filter(
            organisation_id=book.scope.organisation_id, contact=charles
        )
        assert dict(routes.values_list("channel", "consent")) == {"email": False, "phone": True}


def test_the_names_of_a_large_book_are_read_in_parts(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database takes so many values in a query and no more; nobody is left out for it."""
    book.customers(*(customer(f"C-{n}", name=f"Name {n}") for n in range(2, 7)))
    monkeypatch.setattr(personal, "AT_ONCE", 2)
    with tx.transaction_of(book.scope), CaptureQueriesContext(connection) as asked:
        mine = models.Customer.objects.filter(organisation_id=book.scope.organisation_id)
        ids = list(mine.values_list("pk", flat=True))
        said = personal.read(book.scope, "customer", ids, fields=["name"])
    assert sorted(said.values()) == ["Ada Lovelace", *(f"Name {n}" for n in range(2, 7))]
    assert sum('FROM "personal"' in q["sql"] for q in asked) == 3
