"""A mail that was decided together with a call, and goes after it."""

from __future__ import annotations

from evening import DAY, Evening, at, contacted

from dunwell.core.decision import Act
from dunwell.desk import call, dispatch
from helpers import TODAY, Book, customer, invoice


def test_what_is_written_after_a_call_is_decided_afresh(book: Book) -> None:
    """The call took its step and was a contact: its mail waits its days and goes with new figures.

    A letter beside a mail is another matter: both say the same, on one step.
    """
    book.customers(customer("C-1", strategic=True, phone="+49 30 1", country="DE"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 31 * DAY),
        invoice("R-2", 5_000, due_on=TODAY - 18 * DAY),
    )
    book.take(
        "history",
        contacted("R-1", "account_manager_call", TODAY - 25 * DAY),
        contacted("R-1", "account_manager_note", TODAY - 17 * DAY),
        contacted("R-2", "account_manager_call", TODAY - 10 * DAY),
    )  # fmt: skip
    evening = Evening(book.scope)
    made = evening.decided()
    assert isinstance(made, Act)
    assert [(a.channel, a.step) for a in made.actions] == [
        ("call", "manager_call"), ("email", "account_manager_note"),
    ]  # fmt: skip
    evening.look()
    call.open_call(
        book.scope, "C-1", call.Said(outcome="reached", on=TODAY), today=TODAY, now=at(TODAY)
    )
    book.items(invoice("R-3", 7_000, due_on=TODAY - DAY))
    assert evening.send(at(TODAY, 10)) == dispatch.Dispatched(cancelled=1)
    assert evening.outbox()[1].reason == "the case changed before sending: too_soon"
    again = evening.decided(day=TODAY + 7 * DAY)
    assert isinstance(again, Act)
    assert again.step == "account_manager_note"
    assert len(again.lines) == 3
