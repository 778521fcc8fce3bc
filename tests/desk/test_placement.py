"""To an agency, to a bureau, and back: what must hold, what follows, what never re-enters (7)."""

from __future__ import annotations

import csv
import datetime as dt
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from ended import LONG_AGO, case, ended, open_tasks, people, placed, verbs
from evening import DAY, Evening, at, contacted, person

from dunwell import policies
from dunwell.core import handoff
from dunwell.core import policy as documents
from dunwell.core.decision import Act, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import (
    agency_file,
    approve,
    checklist,
    hold,
    placement,
    settle,
)
from dunwell.store import models, tx
from dunwell.store.records import setup, tasks
from helpers import NOW, TODAY, Book, customer, instant, invoice, payment, reversal


def refused(reason: str, **said: Any) -> Any:
    """Expect a refusal by this word."""

    class Expected:
        def __enter__(self) -> None:
            self.inside = pytest.raises(Refused, **said)
            self.found = self.inside.__enter__()

        def __exit__(self, *error: Any) -> bool:
            is_raised = bool(self.inside.__exit__(*error))
            assert self.found.value.reason == reason
            return is_raised

    return Expected()


def asked(scope: Scope, who: str = "C-1", **said: Any) -> dict[str, Any]:
    """Let whoever acts propose a placement today."""
    return placement.propose(scope, who, as_of=TODAY, now=NOW, **said)


# --- the checklist ---------------------------------------------------------------------------


def states(scope: Scope, **said: Any) -> dict[str, str]:
    """Return the state of each row of C-1's checklist."""
    found = checklist.show(scope, "C-1", entity=None, as_of=TODAY, **said)
    return {r["row"]: r["state"] for r in found["rows"]}


def test_the_record_fills_what_it_knows(scope: Scope, book: Book) -> None:
    """An imported demand has expired and was a mail; nobody has called, and nobody was asked."""
    ended(book)
    assert states(scope) == {
        "routes": "open", "someone_else": "open", "other_time": "open", "read_receipt": "open",
        "ask_sales": "open", "alternate": "open", "warned": "open", "final_demand": "done",
    }  # fmt: skip
    shown = {r["row"]: r for r in checklist.show(scope, "C-1", entity=None, as_of=TODAY)["rows"]}
    assert shown["routes"]["missing"] == ["phone"]
    assert shown["routes"]["proof"][0]["on"] == TODAY - 20 * DAY
    (proof,) = shown["final_demand"]["proof"]
    assert re.fullmatch(r"step:\d+", proof["ref"])


def called(scope: Scope, when: dt.datetime, role: str, outcome: str = "voicemail") -> None:
    """A call somebody made to C-1's contact of a role."""
    with tx.transaction_of(scope):
        contact = models.Contact.objects.filter(
            organisation_id=scope.organisation_id, customer__reference="C-1", role=role
        ).first()
        assert contact is not None
        models.Call.objects.create(
            organisation_id=scope.organisation_id, customer=contact.customer, contact=contact,
            entity=models.Entity.objects.get(organisation_id=scope.organisation_id), at=when,
            on=when.date(), outcome=outcome, by="ben",
        )  # fmt: skip


def test_calls_fill_four_rows(scope: Scope, book: Book) -> None:
    """Two people at two times of day, one of them the alternate contact, by phone."""
    ended(book, phone="+49 30 2")
    called(scope, at(TODAY - 3 * DAY, 8), "ap")
    found = states(scope)
    assert (found["routes"], found["other_time"]) == ("done", "open")
    called(scope, at(TODAY - 2 * DAY, 9), "alternate")
    found = states(scope)
    assert found["other_time"] == "open", "an hour later is no other time of day"
    assert found["someone_else"] == found["alternate"] == "done"
    called(scope, at(TODAY - 2 * DAY, 14), "ap")
    assert states(scope)["other_time"] == "done"


def test_calls_of_an_earlier_debt_prove_nothing(scope: Scope, book: Book) -> None:
    """What was tried before the oldest debt fell due was about something else."""
    ended(book, phone="+49 30 2")
    called(scope, at(LONG_AGO - DAY), "alternate", "gatekeeper")
    assert states(scope)["routes"] == states(scope)["alternate"] == "open"
    called(scope, at(LONG_AGO), "alternate", "gatekeeper")
    assert states(scope)["routes"] == states(scope)["someone_else"] == "done"


def test_sales_was_asked_when_its_task_is_done(scope: Scope, book: Book) -> None:
    """An open task is no answer."""
    ended(book)
    wanted = tasks.Wanted("ask_sales", "ask:1", None, case(scope).customer.pk)
    with tx.transaction_of(scope):
        tasks.open_all(scope, [wanted], on=TODAY - DAY, at=NOW)
    assert states(scope)["ask_sales"] == "open"
    with tx.transaction_of(scope):
        tasks.end(scope, ["ask:1"], outcome="they know nothing", on=TODAY, at=NOW)
    assert states(scope)["ask_sales"] == "done"


@pytest.fixture
def demanded(scope: Scope, book: Book) -> Evening:
    """Dunwell itself sent the final demand, by mail and letter; it expires in ten days."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=LONG_AGO))
    book.take(
        "contacts", person("executive", email="exec@example.com", address="1 Long Road\nAnytown")
    )
    book.take("history", contacted("R-1", "pre_collections", TODAY - 20 * DAY))
    evening = Evening(scope)
    evening.look()
    evening.approve_all(TODAY)
    evening.look()
    assert evening.send().sent == 2
    return evening


def test_a_final_demand_warns_at_once_and_expires_later(demanded: Evening) -> None:
    """It lists the attempts and names a date; it has expired on the day after that date."""
    scope = demanded.scope
    last = TODAY + 10 * DAY
    assert states(scope)["warned"] == "done"
    for day, state in ((last, "open"), (last + DAY, "done")):
        found = checklist.show(scope, "C-1", entity=None, as_of=day)
        assert {r["row"]: r["state"] for r in found["rows"]}["final_demand"] == state


def test_a_mail_that_asks_for_a_receipt_is_known_by_its_own_bytes(demanded: Evening) -> None:
    """Urgent alone is not enough, and neither is asking alone."""
    scope = demanded.scope
    assert states(scope)["read_receipt"] == "open"
    with tx.transaction_of(scope):
        action = models.Action.objects.get(
            organisation_id=scope.organisation_id, channel="email", state="sent"
        )
    for head, state in (
        (b"Importance: high\r\n", "open"),
        (b"Disposition-Notification-To: ar@example.com\r\n", "open"),
        (b"Importance: high\r\nDisposition-Notification-To: ar@example.com\r\n", "done"),
        (b"To: a\r\n\r\nImportance: high\r\nDisposition-Notification-To: b\r\n", "open"),
    ):
        put(scope, action, head)
        assert states(scope)["read_receipt"] == state, head


def put(scope: Scope, action: models.Action, head: bytes) -> None:
    """Let an action have handed over a mail with this head."""
    with tx.transaction_of(scope):
        models.Personal.objects.filter(
            organisation_id=scope.organisation_id, subject="action", subject_id=action.pk
        ).update(body=zlib.compress(head + b"\r\nA mail.\r\n"))


def test_people_fill_the_rest_with_evidence_or_waive_it_by_name(scope: Scope, book: Book) -> None:
    """Evidence is kept apart as people's words; a waiver takes the manager and a reason."""
    ended(book)
    ben, _ = people(scope)
    nora = scope._replace(actor="nora")
    more: dict[str, Any] = {"entity": None, "as_of": TODAY, "now": NOW}
    checklist.close(ben, "C-1", "ask_sales", note="Eva Kern has left", **more)
    with refused("reason_missing"):
        checklist.close(ben, "C-1", "alternate", note=" ", **more)
    with refused("reason_missing"):
        checklist.waive(ben, "C-1", "alternate", reason=" ", **more)
    with refused("role_missing", match="nora does not hold it"):
        checklist.waive(nora, "C-1", "alternate", reason="none known", **more)
    with refused("unknown_row"):
        checklist.close(ben, "C-1", "pray", note="done", **more)
    checklist.waive(ben, "C-1", "alternate", reason="none on the application", **more)
    shown = {r["row"]: r for r in checklist.show(scope, "C-1", entity=None, as_of=TODAY)["rows"]}
    assert (shown["ask_sales"]["state"], shown["ask_sales"]["why"]) == ("done", "Eva Kern has left")
    assert [shown["alternate"][k] for k in ("state", "by", "why")] == [
        "waived", "ben", "none on the application",
    ]  # fmt: skip
    with tx.reading(scope):
        events = models.Event.objects.filter(organisation_id=scope.organisation_id)
        assert not any("Kern" in refs for refs in events.values_list("refs", flat=True))


def test_open_rows_become_tasks_once_a_placement_is_asked_for(scope: Scope, book: Book) -> None:
    """One a row, once; filled or no longer asked for, its task ends."""
    ended(book)
    ben, cleo = people(scope)
    settle.nightly(scope, as_of=TODAY, now=NOW)
    assert open_tasks(scope, "checklist") == []
    key = asked(ben)["id"]
    for _ in range(2):
        assert settle.nightly(scope, as_of=TODAY, now=NOW) == []
        assert len(open_tasks(scope, "checklist")) == 7
    checklist.close(
        ben, "C-1", "ask_sales", note="asked Eva", entity=None, as_of=TODAY, now=NOW
    )  # fmt: skip
    assert len(open_tasks(scope, "checklist")) == 6
    approve.refuse(cleo, key, reason="too soon", until=None, as_of=TODAY, now=NOW)
    settle.nightly(scope, as_of=TODAY, now=NOW)
    assert open_tasks(scope, "checklist") == []


# --- what must hold --------------------------------------------------------------------------


def test_without_a_complete_checklist_it_is_not_approved(scope: Scope, book: Book) -> None:
    """The refusal names the open rows, and the question stays open."""
    ended(book)
    ben, cleo = people(scope)
    key = asked(ben)["id"]
    with refused("checklist_gaps", match="ask_sales"):
        approve.approve(cleo, key, as_of=TODAY, now=NOW)
    checklist.complete(ben, key, note="tried", as_of=TODAY, now=NOW)
    assert approve.approve(cleo, key, as_of=TODAY, now=NOW) == "placement"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"minor": 49_999}, "below_minimum"),
        ({"minor": 50_000}, ""),
        ({"due_on": TODAY - 44 * DAY}, "too_early"),
        ({"due_on": TODAY - 45 * DAY}, ""),
        ({"demanded_on": TODAY - 13 * DAY}, "final_demand_missing"),
        ({"demanded_on": TODAY - 14 * DAY}, ""),
        ({"segment": "high_risk", "due_on": TODAY - 29 * DAY}, "too_early"),
        ({"segment": "high_risk", "due_on": TODAY - 30 * DAY}, ""),
    ],
)
def test_age_amount_and_an_expired_demand_are_needed(
    scope: Scope, book: Book, said: dict[str, Any], reason: str
) -> None:
    """45 days (30 at high risk), 500, and a final demand that has expired: to the day and cent."""
    if "segment" in said:
        book.customers(customer("C-1", segment="high_risk"))
    ended(book, **said)
    ben, _ = people(scope)
    if reason:
        with refused(reason):
            asked(ben)
    else:
        assert asked(ben)["state"] == "asked"


def test_what_changed_since_it_was_asked_is_seen_when_it_is_answered(
    scope: Scope, book: Book
) -> None:
    """Paid down below 500, it is refused; paid whole, nothing is left to place."""
    ended(book)
    ben, cleo = people(scope)
    key = asked(ben)["id"]
    checklist.complete(ben, key, note="tried", as_of=TODAY, now=NOW)
    book.payments(payment("P-1", 40_001, items=[("R-1", None)]))
    with refused("below_minimum"):
        approve.approve(cleo, key, as_of=TODAY, now=NOW)
    book.payments(payment("P-2", 49_999, items=[("R-1", None)]))
    with refused("nothing_open"):
        approve.approve(cleo, key, as_of=TODAY, now=NOW)
    assert placement.listed(scope) == []


def test_what_is_disputed_stays_out(scope: Scope, book: Book) -> None:
    """Only what is chaseable that day is handed over."""
    ended(book)
    book.items(invoice("R-2", 70_000, due_on=LONG_AGO))
    book.take("history", contacted("R-2", "final_demand", TODAY - 20 * DAY))
    ben, cleo = people(scope)
    made = asked(ben)
    assert [i["number"] for i in made["items"]] == ["R-1", "R-2"]
    hold.open_hold(
        scope, "C-1", items=["R-2"], amount_minor=None, on=TODAY, until=None, reason="quality",
        now=NOW, kind="dispute",
    )  # fmt: skip
    checklist.complete(ben, made["id"], note="tried", as_of=TODAY, now=NOW)
    approve.approve(cleo, made["id"], as_of=TODAY, now=NOW)
    (row,) = placement.listed(scope)
    assert row["items"] == [{"number": "R-1", "currency": "EUR", "amount_minor": 90_000}]


def test_nobody_approves_the_placement_they_proposed(scope: Scope, book: Book) -> None:
    """Ben is a manager too, and must leave it to another."""
    ended(book)
    ben, _ = people(scope)
    with refused("own_proposal"):
        approve.approve(ben, asked(ben)["id"], as_of=TODAY, now=NOW)


def test_a_refusal_leaves_what_a_person_proposed_on_the_ladder(scope: Scope, book: Book) -> None:
    """The run proposes it again by itself; nothing is held."""
    ended(book)
    ben, cleo = people(scope)
    approve.refuse(cleo, asked(ben)["id"], reason="no", until=None, as_of=TODAY, now=NOW)
    assert hold.listed(scope, customer="C-1") == []


# --- what it is worth ------------------------------------------------------------------------


def test_cost_and_benefit_are_shown_and_kept(scope: Scope, book: Book) -> None:
    """70 days late: 60 of 100 either way, of which the agency keeps a quarter; all assumed."""
    ended(book)
    shown = placement.weigh(scope, "C-1", entity=None, as_of=TODAY)
    assert shown["expected"] == {
        "currency": "EUR", "amount_minor": 90_000, "commission_percent": 25,
        "agency_minor": 40_500, "staying_minor": 54_000, "is_assumed": True, "better": "staying",
    }  # fmt: skip
    assert shown["gaps"] == []
    assert "ask_sales" in shown["checklist_open"]
    row = placed(book)
    assert (row["expected"], row["commission_percent"]) == (shown["expected"], "25")


def with_settings(scope: Scope, **settings: Any) -> None:
    """Publish `classic` with other settings, for running cases too."""
    whole = policies.whole(policies.built_in("classic"))
    text = whole.model_dump(mode="json")
    text["settings"] |= settings
    setup.record_policy(scope, documents.parse(text), at=NOW)


def test_the_figures_are_the_policys_own(scope: Scope, book: Book) -> None:
    """Partner, commission and what is expected by age come from its settings."""
    recovery = [
        {"from_day": 0, "agency_percent": 50, "staying_percent": 40},
        {"from_day": 71, "agency_percent": 1, "staying_percent": 1},
    ]
    with_settings(
        scope, agency={"partner": "Swift", "commission_percent": 10, "recovery": recovery}
    )
    ended(book)
    row = placed(book)
    assert row["partner"] == "Swift"
    assert row["expected"]["agency_minor"] == 40_500
    assert row["expected"]["staying_minor"] == 36_000
    assert (row["expected"]["better"], row["expected"]["is_assumed"]) == ("agency", False)


# --- placed ----------------------------------------------------------------------------------


def test_own_outreach_on_placed_items_stops_and_new_debts_are_chased(
    scope: Scope, book: Book
) -> None:
    """What falls due later has its own ladder, and a person is asked whether it goes along."""
    ended(book)
    placed(book)
    evening = Evening(scope)
    made = evening.decided(day=TODAY + DAY)
    assert isinstance(made, Wait)
    assert made.reason == "placed"
    book.items(invoice("R-9", 20_000, due_on=TODAY + DAY))
    settle.nightly(scope, as_of=TODAY + DAY, now=NOW)
    assert open_tasks(scope, "add_to_placement") == []
    later = TODAY + 2 * DAY
    for _ in range(2):
        settle.nightly(scope, as_of=later, now=NOW)
    (task,) = open_tasks(scope, "add_to_placement")
    assert task.item_id == book.item("R-9").pk
    made = evening.decided(day=later)
    assert isinstance(made, Act)
    assert made.step == "risk_first", "an earlier placement makes a high risk"
    assert made.lines == ((book.item("R-9").pk, 20_000),)
    with tx.transaction_of(scope):
        tasks.end(scope, [task.cause], outcome="chased by us", on=later, at=NOW)
    settle.nightly(scope, as_of=later, now=NOW)
    assert open_tasks(scope, "add_to_placement") == [], "it was answered"


def test_a_payment_after_placement_is_reported_once(scope: Scope, book: Book) -> None:
    """The same minute, as an event and a task; what was paid before is not; a return is too."""
    ended(book)
    book.payments(payment("P-0", 1_000, items=[("R-1", None)]))
    placed(book)
    settle.nightly(scope, as_of=TODAY, now=NOW)
    assert open_tasks(scope, "placement_payment") == []
    book.payments(payment("P-1", 5_000, on=TODAY + DAY, items=[("R-1", None)]), as_of=TODAY + DAY)
    (task,) = open_tasks(scope, "placement_payment")
    assert "EUR 50.00" in task.note
    settle.nightly(scope, as_of=TODAY + DAY, now=NOW)
    assert len(open_tasks(scope, "placement_payment")) == 1
    (row,) = placement.listed(scope)
    assert [(p["number"], p["amount_minor"]) for p in row["payments_since"]] == [("R-1", 5_000)]
    book.payments(reversal("X-1", 5_000, reverses="P-1", on=TODAY + 2 * DAY), as_of=TODAY + 2 * DAY)
    assert len(open_tasks(scope, "placement_payment")) == 2
    assert verbs(scope).count("placement_payment") == 2


def test_children_of_who_is_placed_become_tasks(scope: Scope, book: Book) -> None:
    """Each child is looked at by a person; its own case goes on."""
    book.customers(customer("C-2", parent="C-1"), customer("C-3"))
    ended(book)
    placed(book)
    (task,) = open_tasks(scope, "child_of_insolvent")
    with tx.reading(scope):
        child = models.Customer.objects.get(organisation_id=scope.organisation_id, reference="C-2")
    assert (task.customer_id, task.cause.endswith(f":{child.pk}")) == (child.pk, True)


# --- and back --------------------------------------------------------------------------------


def recalled(scope: Scope, number: int, on: dt.date = TODAY + DAY, **said: Any) -> dict[str, Any]:
    """Take a placement back."""
    given = {"noun": "placement", "state": "recalled", "reason": "asked by sales"} | said
    return placement.take_back(scope, number, as_of=on, now=instant(on), **given)


def test_what_is_recalled_is_held_until_a_person_has_decided(scope: Scope, book: Book) -> None:
    """It does not enter the ladder again; closing the task lets it go, the next night."""
    ended(book)
    number = placed(book)["id"]
    with refused("reason_missing"):
        recalled(scope, number, reason=" ")
    assert recalled(scope, number) == {"id": number, "state": "recalled", "held": 1}
    with refused("nothing_to_close"):
        recalled(scope, number)
    evening = Evening(scope)
    for day in (TODAY + DAY, TODAY + 300 * DAY):
        settle.nightly(scope, as_of=day, now=NOW)
        made = evening.decided(day=day)
        assert isinstance(made, Wait)
        assert made.reason == "on_hold"
    (task,) = open_tasks(scope, "recalled")
    with tx.transaction_of(scope):
        tasks.end(scope, [task.cause], outcome="to the lawyer", on=TODAY + DAY, at=NOW)
    settle.nightly(scope, as_of=TODAY + 2 * DAY, now=NOW)
    made = evening.decided(day=TODAY + 2 * DAY)
    assert not isinstance(made, Wait)


def test_a_person_may_release_the_hold_instead(scope: Scope, book: Book) -> None:
    """Then the task is over too."""
    ended(book)
    recalled(scope, placed(book)["id"])
    (held,) = hold.listed(scope, customer="C-1")
    hold.close_hold(scope, held["id"], on=TODAY + 2 * DAY, now=NOW)
    settle.nightly(scope, as_of=TODAY + 2 * DAY, now=NOW)
    assert open_tasks(scope, "recalled") == []


def test_a_placement_that_was_collected_is_closed_and_nothing_waits(
    scope: Scope, book: Book
) -> None:
    """Paid whole, it ends without a hold; paid in part, the rest waits for a person."""
    ended(book)
    number = placed(book)["id"]
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert recalled(scope, number, state="closed", reason="")["held"] == 0
    assert open_tasks(scope, "recalled") == []
    (row,) = placement.listed(scope)
    assert (row["state"], row["closed_on"]) == ("closed", TODAY + DAY)


def test_a_placement_ends_by_its_own_command_only(scope: Scope, book: Book) -> None:
    """`hold close` knows its own stops, and no other's."""
    ended(book)
    placed(book)
    with tx.reading(scope):
        stop = models.Stop.objects.get(organisation_id=scope.organisation_id, kind="placement")
    with refused("nothing_to_close"):
        hold.close_hold(scope, stop.pk, on=TODAY, now=NOW)


# --- the files -------------------------------------------------------------------------------


def test_the_agency_gets_items_debtor_history_and_the_demand(
    demanded: Evening, book: Book, tmp_path: Path
) -> None:
    """CSV for its system, PDF for its people; the final demand is the very letter that went."""
    scope = demanded.scope
    on = TODAY + 20 * DAY
    number = placed(book, on=on)["id"]
    done = agency_file.write(
        scope, number, noun="placement", out=tmp_path / "swift", as_of=on, now=instant(on)
    )
    assert done["files"] == [
        "debtor.csv", "final-demand.pdf", "history.csv", "history.pdf", "items.csv",
        "statement.pdf",
    ]  # fmt: skip
    (row,) = rows_of(tmp_path / "swift" / "items.csv")
    assert (row["number"], row["placed"], row["open"]) == ("R-1", "900.00", "900.00")
    debtor = {r["role"]: r for r in rows_of(tmp_path / "swift" / "debtor.csv")}
    assert debtor["executive"]["email"] == "exec@example.com"
    assert [r["step"] for r in rows_of(tmp_path / "swift" / "history.csv")] == [
        "pre_collections", "final_demand",
    ]  # fmt: skip
    (letter,) = demanded.post.sent
    assert (tmp_path / "swift" / "final-demand.pdf").read_bytes() == letter.raw
    assert placement.listed(scope)[0]["exported_at"] == instant(on)
    with refused("unknown_referral"):
        agency_file.write(scope, number, noun="referral", out=tmp_path, as_of=on, now=NOW)


def rows_of(file: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


# --- the bureau ------------------------------------------------------------------------------


def test_nobody_is_reported_to_a_bureau_by_default(scope: Scope, book: Book) -> None:
    """The policy must say so first."""
    ended(book)
    ben, _ = people(scope)
    with refused("bureau_off"):
        asked(ben, kind="bureau")


def test_a_company_is_reported_with_approval_and_stays_on_the_ladder(
    scope: Scope, book: Book, tmp_path: Path
) -> None:
    """It is an export; no stop begins, and the bureau gets no history."""
    with_settings(scope, bureau_reports=True)
    ended(book, minor=10_000)
    row = placed(book, kind="bureau")
    assert (row["kind"], row["amounts"]) == (
        "bureau",
        [{"currency": "EUR", "amount_minor": 10_000}],
    )
    with tx.reading(scope):
        assert not models.Stop.objects.filter(organisation_id=scope.organisation_id).exists()
    done = agency_file.write(
        scope, row["id"], noun="placement", out=tmp_path, as_of=TODAY, now=NOW
    )  # fmt: skip
    assert done["files"] == ["debtor.csv", "items.csv"]
    assert {r["email"] for r in rows_of(tmp_path / "debtor.csv")} == {""}


def test_a_natural_person_is_never_reported(scope: Scope, book: Book) -> None:
    """Whatever the policy says."""
    with_settings(scope, bureau_reports=True)
    ended(book, natural_person=True)
    ben, _ = people(scope)
    with refused("natural_person"):
        asked(ben, kind="bureau")


def test_every_row_of_the_checklist_has_its_sentence() -> None:
    """Eight rows, in the order in which they are worked through."""
    assert len(handoff.ROWS) == 8
    assert [r.row for r in handoff.checklist(handoff.Record(), {})] == list(handoff.ROWS)
