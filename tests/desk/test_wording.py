"""Own words for a message: kept in a policy's draft, checked, published, and sent as written."""

from __future__ import annotations

import datetime as dt

import pytest

from dunwell import policies
from dunwell.core import message
from dunwell.core import policy as documents
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery import render
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import dispatch, doctor, drafting, look, preview, proofread, publish, wording
from dunwell.policies import mend
from helpers import NOW, TODAY, Book, customer, invoice

DAY = dt.timedelta(days=1)
OWN = """---
subject: "A word about {{ oldest_number }}"
---
{{ greeting }}

Our own words about {{ item_word }} {{ oldest_number }}.

{{ items }}

{{ signature }}
"""


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1 writes English and C-2 German; both would hear a first reminder tonight."""
    book.customers(customer("C-1", name="Lowry"), customer("C-2", language="de"))
    book.items(*(invoice(f"R-{n}", customer=f"C-{n}", due_on=TODAY - 3 * DAY) for n in (1, 2)))
    return scope


def written(scope: Scope, text: str | None = OWN, language: str = "en") -> int:
    """Keep own words for the first reminder and publish them; return the version."""
    wording.keep(scope, "classic", "first_reminder", language, text, now=NOW)
    draft = drafting.opened(scope, "classic")
    return drafting.published(scope, draft, moves=True, now=NOW)[1]


def test_published_words_go_out_in_their_language_and_no_other(owing: Scope) -> None:
    """C-1 gets the own words in the preview and in the mail; C-2 gets the built-in German ones."""
    assert written(owing) == 2
    (shown,) = preview.preview(owing, "C-1", as_of=TODAY)
    assert shown.message is not None
    assert shown.message.subject == "A word about R-1"
    look.record(owing, look.propose(owing, as_of=TODAY), mode="run", now=NOW)
    mail = MemoryChannel()
    dispatch.run(owing, {"email": mail}, worker="w", now=NOW + dt.timedelta(hours=1))
    said = {m.to: m.text for m in mail.sent}
    assert "Our own words about invoice R-1." in said["c-1@example.com"]
    assert "Our own words" not in said["c-2@example.com"]
    assert "Rechnung" in said["c-2@example.com"]


def test_the_reminder_of_an_instalment_has_words_of_its_own_too(owing: Scope) -> None:
    """No step uses it: it is listed last, seen with a real account, and not called unused."""
    name = "instalment_reminder"
    wording.keep(owing, "classic", name, "en", OWN, now=NOW)
    document = drafting.reading(owing, drafting.opened(owing, "classic")).whole
    assert document is not None
    last = wording.used(document)[-1]
    assert (last.name, last.own, last.english) == (name, ["en"], [])
    found = wording.case(owing, document, name, "C-1", as_of=TODAY)
    assert found is not None
    shown = wording.shown(found, document, language="en", channel="email")
    assert "Our own words about instalment 1/3." in shown.text
    german = wording.shown(found, document, language="de", channel="letter")
    assert isinstance(german, message.Message)
    assert "33,34" in german.text
    assert not [f for f in proofread.run(document) if f.code == "text_unused"]


def test_who_owes_nothing_overdue_has_no_instalment_to_be_reminded_of(
    owing: Scope, book: Book
) -> None:
    """Nothing can be shown of it then."""
    book.customers(customer("C-3"))
    book.items(invoice("R-3", customer="C-3", due_on=TODAY + 9 * DAY))
    document = publish.documents(owing, "classic")[0]
    assert wording.case(owing, document, "instalment_reminder", "C-3", as_of=TODAY) is None


def test_a_draft_changes_nothing_that_goes_out(owing: Scope) -> None:
    """Before it is published the words are seen by their writer alone."""
    wording.keep(owing, "classic", "first_reminder", "en", OWN, now=NOW)
    (shown,) = preview.preview(owing, "C-1", as_of=TODAY)
    assert shown.message is not None
    assert "Our own words" not in shown.message.text
    read = drafting.reading(owing, drafting.opened(owing, "classic"))
    assert read.changes == ["The text first_reminder in en is an own one now"]


def test_a_version_without_own_words_is_what_it_was(owing: Scope) -> None:
    """Taken back, the policy reads and counts as before, so its sum does not change."""
    before = publish.documents(owing, "classic")[0]
    assert written(owing) == 2
    assert written(owing, None) == 3
    after = publish.documents(owing, "classic")[-1]
    assert documents.canonical(after) == documents.canonical(before)
    assert '"texts"' not in documents.canonical(after)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dear all", "no front matter"),
        (OWN.replace("{{ items }}", "{{ itmes }}"), "unknown field 'itmes'"),
        (OWN.replace("{{ items }}", "{% if pay_by %}"), "first_reminder:"),
        (OWN.replace("subject", "subjekt"), "no subject"),
        (OWN.replace('"\n---', '"\ncall_script: true\n---'), "call script"),
        (OWN + "x" * wording.MOST, "at most 20,000"),
    ],
)
def test_words_that_cannot_be_used_are_refused(owing: Scope, text: str, said: str) -> None:
    """Each fault is named, and nothing of it is kept."""
    with pytest.raises(Refused, match=said):
        wording.keep(owing, "classic", "first_reminder", "en", text, now=NOW)
    assert drafting.opened(owing, "classic").at is None


def test_words_written_into_the_policy_by_hand_are_checked_too(owing: Scope) -> None:
    """A field there is not keeps the policy from being published, with its line."""
    text = mend.worded(
        publish.text(owing, "classic"), "first_reminder", "en", OWN.replace("items", "itmes")
    )
    drafting.keep(owing, "classic", text, base_n=1, now=NOW)
    draft = drafting.opened(owing, "classic")
    (wrong,) = [r for r in drafting.reading(owing, draft).remarks if r.severity == "error"]
    assert (wrong.code, wrong.place) == ("text_wrong", "texts.first_reminder.en")
    assert "itmes" in wrong.found
    assert text.splitlines()[wrong.line - 1].strip().startswith("en:")
    with pytest.raises(Refused, match="error"):
        drafting.published(owing, draft, moves=True, now=NOW)


def test_a_text_with_a_name_of_its_own_is_known_to_the_doctor(owing: Scope) -> None:
    """A step may use a text that only this policy has; nothing is missing then."""
    text = publish.text(owing, "classic").replace(
        "{id: first_reminder, day: 1,", "{id: first_reminder, template: house_note, day: 1,"
    )
    drafting.keep(owing, "classic", text, base_n=1, now=NOW)
    wording.keep(owing, "classic", "house_note", "en", OWN, now=NOW)
    read = drafting.reading(owing, drafting.opened(owing, "classic"))
    assert {r.code for r in read.remarks} == {"template_untranslated"}
    drafting.published(owing, drafting.opened(owing, "classic"), moves=True, now=NOW)
    assert doctor._policies(owing).ok
    (shown,) = preview.preview(owing, "C-2", as_of=TODAY)
    assert shown.message is not None
    assert "Our own words" in shown.message.text, "German has none, so it goes in English"


def test_the_layout_of_a_policy_stays_when_words_are_put_into_it() -> None:
    """Comments and lines stay as they are; words come, change and go at the end of the file."""
    text = policies.built_in_text("classic")
    once = mend.worded(text, "first_reminder", "en", OWN)
    assert once.startswith(text)
    twice = mend.worded(once, "second_notice", "de", OWN.replace("A word", "Ein Wort"))
    assert twice.startswith(once)
    document, wrong = policies.read(twice, file="classic.yaml")
    assert wrong == []
    assert document is not None
    assert document.texts["first_reminder"] == {"en": OWN}
    less = mend.worded(twice, "first_reminder", "en", None)
    assert "first_reminder:" not in less
    assert mend.worded(less, "second_notice", "de", None) == text
    again = policies.text_of(document)
    assert policies.read(again, file="again")[0] == document
    assert "en: |" in again


def test_every_field_of_a_message_is_explained(owing: Scope) -> None:
    """The list beside the words has each field and block, and no other."""
    names = {n for row, _ in wording.fields() for n in row}
    assert names == set(render.SCALARS) | set(render.BLOCKS)


def test_a_text_is_shown_with_a_real_account_in_every_language(owing: Scope) -> None:
    """Whatever step the items have reached; before the due date it is about what is not late."""
    document = publish.current_document(owing, "classic")
    for name in ("first_reminder", "final_demand", "call_overdue"):
        found = wording.case(owing, document, name, "C-1", as_of=TODAY)
        assert found is not None
        way = "call" if wording.is_script(document, name) else "letter"
        for language in render.LANGUAGES:
            made = wording.shown(found, document, language=language, channel=way)
            assert made.language == language
            assert "R-1" in made.text
    with pytest.raises(Refused, match="C-9"):
        wording.case(owing, document, "first_reminder", "C-9", as_of=TODAY)
