"""The values the core passes around: facts that travel, errors and complaints that say enough."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from casebook import OPEN, WEEK, credit, day, decide_on, facts, invoice, policy, stop, took, wait

from dunwell.core import book, complaints, errors, message, rows, workdays
from dunwell.core import scope as scopes

FULL = facts(
    items=[invoice("A", due="2026-03-01", taken=[took("one", "2026-03-02", named="2026-03-06")]),
           credit("N", 5, names="A")],
    unapplied=[("EUR", 7)],
    stops=[stop("hold", "2026-03-02", "2026-03-09", items=["A"], minor=3, clock="2026-03-05")],
    flights=[book.Flight("k", "one", "email", "ready", day("2026-03-02"))],
    approvals=[book.Approval("notice", "one", day("2026-03-02"), "granted", day("2026-03-02"))],
    outreach=[book.Outreach(day("2026-03-02"), "friendly", "email")],
    done=[book.Done("call", day("2026-03-02"), "call")],
    rates=[("USD", "0.9")],
    waiting_since=[("two", day("2026-03-03"))],
    attempts=[("one:1:email", 2)],
    last_payment_on=day("2026-02-01"),
)  # fmt: skip


def test_facts_come_back_as_they_were_kept() -> None:
    """Calendars travel by name and version; everything else is in the text (DATA.md 1.2)."""
    text = book.canonical(FULL)
    assert b'"open/0"' in text
    again = book.restore(text, calendars={OPEN.ref: OPEN, WEEK.ref: WEEK})
    assert again == FULL
    assert again.calendar is OPEN
    assert book.canonical(again) == text


def test_facts_cannot_be_restored_with_another_calendar() -> None:
    """A calendar version that is missing is an error, never a guess."""
    with pytest.raises(KeyError):
        book.restore(book.canonical(FULL), calendars={})


def test_only_what_belongs_into_facts_can_be_kept() -> None:
    """A value the text has no form for is an error."""
    odd = facts(organisation=object())
    with pytest.raises(NotImplementedError, match="object"):
        book.canonical(odd)


def test_an_instalment_is_known_by_number_and_part() -> None:
    """Others by their number."""
    assert invoice("A", due="2026-03-01", part="2").label == "A/2"
    assert invoice("A", due="2026-03-01").label == "A"


def test_tones_rise_from_friendly_to_formal_and_stern_is_urgent_or_above() -> None:
    """In the order of SEMANTICS 1."""
    assert [book.harshness(t) for t in "friendly urgent firm severe formal".split()] == [
        0, 1, 2, 3, 4,
    ]  # fmt: skip
    assert {t for t in book.TONES if t in book.STERN} == {"urgent", "firm", "severe", "formal"}


def test_errors_say_what_happened_and_what_to_do() -> None:
    """Each of the tree, with what a door needs to translate it."""
    assert str(errors.Refused("on_hold")) == "on_hold"
    assert str(errors.Refused("on_hold", "held until Friday")) == "held until Friday"
    assert errors.Refused("on_hold", "x").reason == "on_hold"
    assert "saw 3, found 4" in str(errors.Stale(3, 4))
    assert errors.Unavailable("down").retry_after == 60
    assert errors.Unavailable("down", retry_after=5).retry_after == 5
    failed = errors.DeliveryFailed("550 no such user", permanent=True, evidence="550")
    assert (failed.permanent, failed.evidence) == (True, "550")
    missing = errors.Misconfigured("smtp_host", "set it")
    assert (str(missing), missing.setting, missing.fix) == ("smtp_host: set it", "smtp_host",
                                                            "set it")  # fmt: skip
    for kind in (errors.Refused, errors.Stale, errors.Unavailable, errors.DeliveryFailed,
                 errors.HandoverUnknown, errors.Misconfigured):  # fmt: skip
        assert issubclass(kind, errors.DunwellError)


@pytest.mark.parametrize(
    ("line", "column", "severity", "text"),
    [
        (3, "due_on", "error", "f.csv:3 due_on: found 'x'; want y; row not taken"),
        (3, None, "note", "f.csv:3: found 'x'; want y"),
        (None, None, "error", "f.csv: found 'x'; want y"),
    ],
)
def test_a_complaint_names_its_place(
    line: int | None, column: str | None, severity: str, text: str
) -> None:
    """File, line and column, what was found and what would do; whether the row was taken."""
    made = complaints.Complaint(
        file="f.csv", line=line, column=column, found="x", want="y", severity=severity
    )
    assert str(made) == text


def test_a_scope_is_one_organisation_and_who_acts_in_it() -> None:
    """The first argument of everything in the store."""
    scope = scopes.Scope(1, "acme", "anna")
    assert (scope.organisation_id, scope.organisation, scope.actor) == (1, "acme", "anna")


# --- automatic collection (3.2) ---------------------------------------------------------------

COLLECTED = invoice("A", due="2026-03-02", method="direct_debit")


@pytest.mark.parametrize(
    ("on", "item", "reason"),
    [
        # collected on its due date, the result must come within five working days
        ("2026-03-03", COLLECTED, "automatic_collection"),
        ("2026-03-09", COLLECTED, "automatic_collection"),
        ("2026-03-10", COLLECTED, None),
        ("2026-03-03", invoice("A", due="2026-03-02", method="card"), "automatic_collection"),
        # paid by transfer: nothing is collected
        ("2026-03-03", invoice("A", due="2026-03-02", method="transfer"), None),
        ("2026-03-03", invoice("A", due="2026-03-02"), None),
        # collected and returned: chaseable at once
        ("2026-03-06", invoice("A", due="2026-03-02", method="card",
                               paid_gaps=((day("2026-03-02"), day("2026-03-04")),)), None),
    ],
)  # fmt: skip
def test_what_is_collected_automatically_is_left_alone_until_its_result_is_due(
    on: str, item: book.Item, reason: str | None
) -> None:
    """With no result five working days after its date it is chaseable at once (3.2)."""
    made = decide_on(on, policy(), items=[item])
    if reason is None:
        assert getattr(made, "reason", None) != "automatic_collection"
    else:
        assert wait(made, reason).look_again_on == day("2026-03-10")
        assert made.refs["until_on"] == day("2026-03-09")


def test_the_methods_and_the_days_of_collection_are_settings() -> None:
    """A policy may know others, and wait longer."""
    by = policy(automatic_methods=["mandate"], collection_result_working_days=1)
    item = invoice("A", due="2026-03-02", method="mandate")
    assert wait(decide_on("2026-03-03", by, items=[item])).look_again_on == day("2026-03-04")
    other = decide_on("2026-03-03", by, items=[COLLECTED])
    assert getattr(other, "reason", None) != "automatic_collection"


def test_days_of_collection_are_the_entitys_working_days() -> None:
    """Every other "working" than a contact day is ours (2.1)."""
    ours = workdays.Calendar("ours/0", closed=[day("2026-03-09")])
    made = wait(decide_on("2026-03-03", policy(), items=[COLLECTED], entity_calendar=ours))
    assert made.look_again_on == day("2026-03-11")


def test_dates_are_dates() -> None:
    """The helpers of these tests write days as ISO text."""
    assert day("2026-03-02") == dt.date(2026, 3, 2)


def test_steps_taken_can_travel_as_text() -> None:
    """One line each; what was written is read back."""
    taken = (took("one", "2026-03-02", named="2026-03-06"), took("today", "2026-02-20",
             phase="due", tone="urgent"))  # fmt: skip
    text = book.taken_text(taken)
    assert text == "one|2026-03-02|friendly|overdue|2026-03-06\ntoday|2026-02-20|urgent|due|"
    assert book.taken_from(text) == taken
    assert book.taken_from("") == ()
    assert book.taken_text(()) == ""


@pytest.mark.parametrize(
    ("row", "needed"),
    [
        (rows.CustomerRow, {"line", "reference"}),
        (rows.ContactRow, {"line", "customer"}),
        (rows.ItemRow, {"line", "customer", "number", "kind", "amount_minor", "currency"}),
        (rows.PaymentRow, {"line", "reference", "kind", "amount_minor", "currency", "paid_on"}),
        (rows.HistoryRow, {"line", "customer", "on"}),
        (rows.RateRow, {"line", "currency", "base", "on", "rate"}),
        (rows.OrderRow, {"line", "customer", "number", "amount_minor", "currency"}),
    ],
)
def test_a_row_needs_what_identifies_it_and_its_amount(
    row: type[msgspec.Struct], needed: set[str]
) -> None:
    """The rest may stay unsaid (DATA.md 3.4)."""
    fields = msgspec.structs.fields(row)
    assert {f.name for f in fields if f.required} == needed
    with pytest.raises(TypeError):
        row(line=1)


def test_a_message_carries_nothing_it_was_not_given() -> None:
    """The four parts, the dates named and the consequences are empty unless said (6.9)."""
    part = message.CurrencyPart(currency="EUR")
    assert (part.about, part.also_overdue, part.under_query, part.due_soon) == ((), (), (), ())
    assert (part.credits_minor, part.total_minor, part.bank) == (0, 0, None)
    optional = {f.name for f in msgspec.structs.fields(message.MessageData) if not f.required}
    assert {"pay_by", "respond_by", "consequences", "attempts"} <= optional
