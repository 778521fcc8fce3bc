"""Letters as a print run: decided once more, printed together, counted once they are posted."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from evening import DAY, NINE, Evening, at

from dunwell.core.errors import Misconfigured, Refused
from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import deliveries, letter, setting
from dunwell.store import models, tx
from dunwell.store.records import outbox
from helpers import NOW, TODAY, Book, customer, invoice, payment

PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 and C-2 have only a postal address; a first reminder to each is decided."""
    for who, number in (("C-1", "R-1"), ("C-2", "R-2")):
        book.customers(customer(who, name=f"Firm {who}", email=None))
        book.take("contacts", _at_home(who))
        book.items(invoice(number, customer=who))
    made = Evening(scope)
    made.look()
    return made


def _at_home(who: str) -> object:
    from evening import person

    return person("ap", customer=who, address="Main Street 1\n10115 Berlin")


def pages(raw: bytes) -> int:
    """Count the pages of a PDF."""
    return len(PAGE.findall(raw))


def contacts(scope: Scope) -> list[tuple[str, dt.date]]:
    """Return whom we have contacted, and on which day."""
    with tx.reading(scope):
        rows = models.Outreach.objects.filter(organisation_id=scope.organisation_id)
        return list(rows.order_by("pk").values_list("customer__reference", "on"))


def test_a_letter_counts_on_the_day_it_is_posted(evening: Evening) -> None:
    """Printed it is under way; posted two days later, its step was taken that day, once."""
    scope = evening.scope
    evening.send(routes={"email": MemoryChannel()})
    assert evening.states() == [("letter", "ready")] * 2, "nothing sends them by itself"
    run = letter.print_run(scope, now=NINE, today=TODAY)
    assert (run.letters, run.cancelled, run.left) == (2, 0, 0)
    assert evening.states() == [("letter", "handing")] * 2
    assert contacts(scope) == []
    assert evening.decided("C-1", day=TODAY + DAY).reason == "in_flight"
    later = TODAY + 2 * DAY
    assert letter.post(scope, run.run, on=later, today=later, now=at(later)) == 2
    assert contacts(scope) == [("C-1", later), ("C-2", later)]
    assert evening.steps("R-1") == [("first_reminder", later)]
    with pytest.raises(Refused, match="nothing of a print run"):
        letter.post(scope, run.run, on=later, today=later, now=at(later))
    assert letter.listed(scope) == []


def test_one_pdf_holds_all_in_order_and_can_be_printed_again(evening: Evening) -> None:
    """The same bytes were kept; for both sides each letter begins on a sheet of its own."""
    scope = evening.scope
    run = letter.print_run(scope, now=NINE, today=TODAY).run
    with tx.reading(scope):
        keys = list(models.Action.objects.filter(
            organisation_id=scope.organisation_id).order_by("customer__reference"))  # fmt: skip
        singles = [outbox.message_of(scope, a.pk) or b"" for a in keys]
    whole = letter.file(scope, run)
    assert whole.startswith(b"%PDF")
    assert pages(whole) == sum(map(pages, singles)) >= 2
    odd = pages(singles[0]) % 2
    assert pages(letter.file(scope, run, both_sides=True)) == pages(whole) + odd
    assert [x["customer"] for x in letter.listed(scope)] == ["C-1", "C-2"]
    with pytest.raises(Refused, match="no letter waits"):
        letter.print_run(scope, now=NINE, today=TODAY)


def test_what_was_paid_is_not_printed_and_what_is_paid_later_says_so(
    evening: Evening, book: Book
) -> None:
    """Before printing it is cancelled; after it, the pile's list says to take it out."""
    scope = evening.scope
    book.payments(payment("P-1", 100_00, items=(("R-1", None),)))
    run = letter.print_run(scope, now=NINE, today=TODAY)
    assert (run.letters, run.cancelled) == (1, 1)
    (row,) = letter.listed(scope, as_of=TODAY)
    assert (row["customer"], row["why_not"]) == ("C-2", "")
    book.payments(payment("P-2", 100_00, items=(("R-2", None),), customer="C-2"))
    (row,) = letter.listed(scope, as_of=TODAY)
    assert row["why_not"]
    assert letter.recall(scope, run.run, keys=[row["key"]], now=NINE) == 1
    assert evening.states()[1] == ("letter", "ready")
    again = letter.print_run(scope, now=NINE, today=TODAY)
    assert (again.run, again.cancelled) == ("", 1)
    assert contacts(scope) == []


def test_days_and_letters_that_cannot_be_are_refused(evening: Evening) -> None:
    """No day ahead, none before it was decided, no letter of another run."""
    scope = evening.scope
    run = letter.print_run(scope, now=NINE, today=TODAY).run
    given = {"today": TODAY, "now": NINE}
    for said in ({"on": TODAY + DAY}, {"on": TODAY - DAY}, {"on": TODAY, "keys": ["x"]}):
        with pytest.raises(Refused):
            letter.post(scope, run, **said, **given)
    for work in (letter.file, lambda s, r: letter.recall(s, r, now=NOW)):
        with pytest.raises(Refused, match="nothing of a print run"):
            work(scope, "none")
    assert evening.states() == [("letter", "handing")] * 2
    with pytest.raises(Misconfigured):
        setting.is_print_run({"letters": "pigeon"})


def test_what_nobody_marked_is_asked_and_never_printed_twice(evening: Evening) -> None:
    """After ten days it is unknown: a person says whether it was posted."""
    scope = evening.scope
    letter.print_run(scope, now=NINE, today=TODAY)
    evening.send(NINE + letter.KEPT - DAY, dead=["print run:0"])
    assert evening.states() == [("letter", "handing")] * 2
    evening.send(NINE + letter.KEPT + DAY)
    assert evening.states() == [("letter", "unknown")] * 2
    assert len(deliveries.listed(scope)) == 2
    assert letter.listed(scope) == []


def test_the_journal_says_what_was_printed_taken_out_and_posted(evening: Evening) -> None:
    """One event a run, and one a letter that is posted; no words of the letters."""
    scope = evening.scope
    run = letter.print_run(scope, now=NINE, today=TODAY).run
    (first, _) = letter.listed(scope)
    letter.recall(scope, run, keys=[first["key"]], now=NINE)
    letter.post(scope, run, on=TODAY, today=TODAY, now=NINE)
    with tx.reading(scope):
        events = models.Event.objects.filter(organisation_id=scope.organisation_id)
        found = [e for e in events.order_by("pk") if e.verb in ("printed", "print_taken_back",
                                                               "sent")]  # fmt: skip
    assert [e.verb for e in found] == ["printed", "print_taken_back", "sent"]
    assert all(run in e.refs for e in found[:2])
    assert not any("Firm" in e.refs for e in found)


def test_letters_wait_for_a_run_only_where_the_settings_say_so(
    scope: Scope, tmp_path: Path
) -> None:
    """By default they go as files; a played day has its files whatever is set."""
    assert "letter" in setting.channels(scope, tmp_path, files_only=False)
    (tmp_path / "settings.yaml").write_text("letters: print_run\n", "utf-8")
    assert "letter" not in setting.channels(scope, tmp_path, files_only=False)
    assert "letter" in setting.channels(scope, tmp_path, files_only=True)
