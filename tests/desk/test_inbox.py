"""What came in is taken: steps taken back, routes ended, stop words obeyed, replies read."""

from __future__ import annotations

import datetime as dt
import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from evening import DAY, NINE, Evening, at, contacted, person

from dunwell.core import rows
from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery.channel import Answering
from dunwell.delivery.memory import MemoryChannel
from dunwell.delivery.sms import SmsChannel, double, twilio
from dunwell.desk import again, approve, dispatch, doctor, inbox, publish
from dunwell.policies import read as read_policy
from dunwell.store import models, personal, tx
from helpers import NOW, TODAY, Book, cache_faults, customer, found_organisation, invoice

MAIL = "c-1@example.com"
NUMBER = "+491711234567"
NOON = at(TODAY, 12)


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 is a month overdue, and its first reminder has gone out."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(invoice("R-1"))
    evening = Evening(scope)
    evening.look()
    assert evening.send().sent == 1
    return evening


def mine(scope: Scope, **more: Any) -> dict[str, Any]:
    """The organisation's own rows."""
    return {"organisation_id": scope.organisation_id} | more


def put(folder: Path, raw: bytes, name: str = "in.eml") -> Path:
    """Write what came in to a file."""
    file = folder / name
    file.write_bytes(raw)
    return file


def take(scope: Scope, *paths: Path, now: dt.datetime = NOON) -> inbox.Report:
    """Read these files and take what is in them."""
    return inbox.take(scope, inbox.read(paths), now=now)


def bounce(evening: Evening, status: str = "5.1.1", *, action: str = "failed", n: int = 0) -> bytes:
    """Return a bounce of the nth mail that went out, as its server would send it."""
    sent = evening.mail.sent[n]
    head = sent.raw.split(b"\r\n\r\n")[0].decode()
    return (
        f"From: MAILER-DAEMON@example.com\r\nTo: ar@main.invalid\r\nSubject: Undelivered mail\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\r\n\r\n'
        "--=_b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        f"Final-Recipient: rfc822; {sent.to}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--=_b\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--=_b--\r\n"
    ).encode()


def answer(evening: Evening, words: str, *, sender: str = MAIL, n: int = 0) -> bytes:
    """Return an answer to the nth mail that went out."""
    key = evening.mail.sent[n].key
    return (
        f"From: {sender}\nTo: ar@main.invalid\nSubject: Re: Reminder\n"
        f"In-Reply-To: <{key}@main.invalid>\nMessage-ID: <{len(words)}@c.example>\n\n{words}\n"
    ).encode()


def route(scope: Scope, channel: str = "email", role: str = "ap") -> models.Route:
    """Return a way to reach C-1."""
    with tx.reading(scope):
        return models.Route.objects.get(
            **mine(scope, channel=channel, contact__role=role, contact__customer__reference="C-1")
        )


def open_tasks(scope: Scope) -> list[str]:
    """Return the kinds of the tasks that are open."""
    with tx.reading(scope):
        found = models.Task.objects.filter(**mine(scope, state="open")).order_by("pk")
        return list(found.values_list("kind", flat=True))


def waits(evening: Evening, day: dt.date = TODAY) -> str:
    """Return why C-1 is left alone."""
    made = evening.decided(day=day)
    assert isinstance(made, Wait)
    return str(made.reason)


# --- bounces ----------------------------------------------------------------------------------


def test_a_bounce_takes_the_step_back_and_ends_the_route(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """The customer has heard nothing: no step, no contact, and somebody repairs the address."""
    assert evening.steps("R-1") == [("first_reminder", TODAY)]
    report = take(scope, put(tmp_path, bounce(evening)))
    (row,) = report.taken
    assert (row["kind"], row["customer"], row["done"]) == ("bounce", "C-1", "1 steps taken back")
    assert evening.steps("R-1") == []
    assert (route(scope).invalid_on, route(scope).invalid_reason) == (TODAY, "bounced")
    assert open_tasks(scope) == ["repair_route"]
    with tx.reading(scope):
        item = models.Item.objects.get(**mine(scope, number="R-1"))
        assert (item.step, item.step_on, item.taken) == ("", None, "")
        assert models.Outreach.objects.filter(**mine(scope, voided_on__isnull=True)).count() == 0
        kinds = models.Receipt.objects.filter(**mine(scope)).order_by("pk")
        assert list(kinds.values_list("kind", flat=True)) == ["accepted", "bounced"]
    assert cache_faults(scope) == []
    assert waits(evening) == "no_route"


def test_after_a_bounce_the_same_step_goes_another_way_under_another_key(
    evening: Evening, scope: Scope, book: Book, tmp_path: Path
) -> None:
    """The next contact is written to, on the same rung of the ladder."""
    book.take("contacts", person("manager", email="boss@example.com"))
    take(scope, put(tmp_path, bounce(evening)))
    evening.look(TODAY + DAY)
    assert evening.send(at(TODAY + DAY)).sent == 1
    first, second = evening.outbox()
    assert (second.step, second.role, second.state) == ("first_reminder", "manager", "sent")
    assert first.key != second.key
    assert evening.steps("R-1") == [("first_reminder", TODAY + DAY)]


def test_a_mended_address_is_written_to_again_as_another_attempt(
    evening: Evening, scope: Scope, book: Book, tmp_path: Path
) -> None:
    """Same person, same step, another key: attempts rose with the proven failure."""
    take(scope, put(tmp_path, bounce(evening)))
    book.customers(customer("C-1", email="new@example.com"))
    evening.look(TODAY + DAY)
    assert evening.send(at(TODAY + DAY)).sent == 1
    first, second = evening.outbox()
    assert (first.role, second.role) == ("ap", "ap")
    assert first.key != second.key


@pytest.mark.parametrize("status", ["4.4.7", "5.2.2", "5.7.1"])
def test_what_failed_for_now_takes_the_step_back_and_lets_the_route_rest(
    evening: Evening, scope: Scope, tmp_path: Path, status: str
) -> None:
    """A full mailbox got nothing either; two weeks later its address is tried again."""
    take(scope, put(tmp_path, bounce(evening, status)))
    assert evening.steps("R-1") == []
    assert route(scope).invalid_reason == "took nothing for days"
    again.review(scope, None, TODAY + 14 * DAY, at(TODAY + 14 * DAY))
    assert route(scope).invalid_on is None


def test_a_delay_is_only_written_down(evening: Evening, scope: Scope, tmp_path: Path) -> None:
    """It may still arrive: the step stands, the route too, and nobody is asked."""
    (row,) = take(scope, put(tmp_path, bounce(evening, "4.4.1", action="delayed"))).taken
    assert (row["kind"], row["state"]) == ("delayed", "done")
    assert evening.steps("R-1") == [("first_reminder", TODAY)]
    assert route(scope).invalid_on is None
    assert open_tasks(scope) == []


def test_the_same_mail_is_taken_once(evening: Evening, scope: Scope, tmp_path: Path) -> None:
    """Read again, also under another name, it does nothing."""
    raw = bounce(evening)
    assert len(take(scope, put(tmp_path, raw)).taken) == 1
    again_ = take(scope, put(tmp_path, raw), put(tmp_path, raw, "copy.eml"))
    assert (again_.taken, again_.known) == ([], 2)
    with tx.reading(scope):
        assert models.Receipt.objects.filter(**mine(scope, kind="bounced")).count() == 1


def test_a_bounce_of_an_address_replaced_since_leaves_the_new_one(
    evening: Evening, scope: Scope, book: Book, tmp_path: Path
) -> None:
    """The step is taken back all the same."""
    book.customers(customer("C-1", email="new@example.com"))
    take(scope, put(tmp_path, bounce(evening)))
    assert evening.steps("R-1") == []
    assert route(scope).invalid_on is None
    assert isinstance(evening.decided(), Act)


def test_one_of_several_recipients_does_not_take_the_step_back(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """Behind the address somebody was reached: not all recipients bounced (6.6)."""
    more = b"\r\nFinal-Recipient: rfc822; b@c.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n"
    raw = bounce(evening).replace(b"Status: 5.1.1\r\n", b"Status: 5.1.1\r\n" + more)
    (row,) = take(scope, put(tmp_path, raw)).taken
    assert row["done"] == "others were reached; the step stands"
    assert evening.steps("R-1") == [("first_reminder", TODAY)]
    assert route(scope).invalid_on is None


def test_a_bounce_of_nothing_of_ours_changes_nothing(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """It is kept and can be found."""
    key = evening.mail.sent[0].key.encode()
    raw = bounce(evening).replace(key, b"0" * 32).replace(b"example.com", b"other.example")
    (row,) = take(scope, put(tmp_path, raw)).taken
    assert (row["kind"], row["customer"], row["state"]) == ("bounce", None, "unmatched")
    assert evening.steps("R-1") == [("first_reminder", TODAY)]


def test_a_bounce_proves_that_an_unknown_delivery_failed(
    scope: Scope, book: Book, tmp_path: Path
) -> None:
    """The line broke while handing over; now the bounce says what became of it."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    evening = Evening(scope, breaks=[MAIL])
    evening.look()
    assert evening.send().unknown == 1
    (action,) = evening.outbox()
    raw = (
        "From: MAILER-DAEMON@x\nSubject: failure notice\nX-Failed-Recipients: c-1@example.com\n\n"
        f"no such user\n\nMessage-ID: <{action.key}@main.invalid>\n"
    )
    take(scope, put(tmp_path, raw.encode()))
    assert evening.states() == [("email", "failed")]
    assert "unknown_delivery" not in open_tasks(scope)


def test_a_receipt_settles_an_unknown_delivery(scope: Scope, book: Book, tmp_path: Path) -> None:
    """Whoever read it has it: sent, on the day it was handed over."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    evening = Evening(scope, breaks=[MAIL])
    evening.look()
    evening.send()
    (action,) = evening.outbox()
    take(scope, put(tmp_path, shown(action.key)), now=at(TODAY + 3 * DAY))
    assert evening.states() == [("email", "sent")]
    assert evening.steps("R-1") == [("first_reminder", TODAY)]


def shown(key: str) -> bytes:
    """Return a receipt that the mail of this key was displayed."""
    return (
        "From: c-1@example.com\nSubject: Read: Reminder\nContent-Type: multipart/report;"
        ' report-type=disposition-notification; boundary="=_b"\n\n'
        "--=_b\nContent-Type: message/disposition-notification\n\n"
        f"Original-Message-ID: <{key}@main.invalid>\n"
        "Disposition: automatic-action/MDN-sent-automatically; displayed\n\n--=_b--\n"
    ).encode()


def test_a_read_receipt_stands_beside_its_message(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """It is evidence, and pauses nothing."""
    (row,) = take(scope, put(tmp_path, shown(evening.mail.sent[0].key))).taken
    assert (row["kind"], row["customer"]) == ("read", "C-1")
    with tx.reading(scope):
        assert models.Receipt.objects.filter(**mine(scope, kind="read")).count() == 1
    assert waits(evening, TODAY + DAY) == "not_yet"


def test_the_letter_keeps_the_step_its_mail_did_not_reach(
    scope: Scope, book: Book, tmp_path: Path
) -> None:
    """Of several written channels one arrived: the step is its, on its own day."""
    book.customers(customer("C-1"))
    book.take(
        "contacts", person("executive", email="exec@example.com", address="Ada Ltd\nMain Street 1")
    )
    book.items(invoice("R-1", 90_000, due_on=TODAY - 70 * DAY))
    book.take("history", contacted("R-1", "pre_collections", TODAY - 20 * DAY))
    evening = Evening(scope)
    evening.look()
    assert isinstance(evening.decided(), Ask)
    with tx.reading(scope):
        asked = models.Approval.objects.get(**mine(scope, what="notice"))
    approve.approve(scope, asked.key, as_of=TODAY, now=NOW)
    evening.look()
    assert evening.send(routes={"email": evening.mail}).sent == 1
    assert evening.send(at(TODAY, 12)).sent == 1
    take(scope, put(tmp_path, bounce(evening)), now=at(TODAY + DAY))
    assert evening.steps("R-1")[-1] == ("final_demand", TODAY)
    with tx.reading(scope):
        step = models.StepTaken.objects.get(
            **mine(scope, step="final_demand", voided_on__isnull=True)
        )
        contact = models.Outreach.objects.get(**mine(scope, on=TODAY, voided_on__isnull=True))
        letter = models.Action.objects.get(**mine(scope, channel="letter"))
    assert step.action_id == contact.action_id == letter.pk


# --- replies ----------------------------------------------------------------------------------


def test_a_reply_pauses_its_case_until_somebody_has_read_it(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """A person has one working day; closing it lets the case go on."""
    (row,) = take(scope, put(tmp_path, answer(evening, "Which invoice is that?"))).taken
    assert (row["kind"], row["customer"], row["state"]) == ("reply", "C-1", "unread")
    assert waits(evening, TODAY + 30 * DAY) == "reply_unread"
    with tx.reading(scope):
        task = models.Task.objects.get(**mine(scope, kind="read_reply", state="open"))
    assert task.due_on == TODAY + DAY
    assert inbox.close(scope, row["id"], outcome="question", on=TODAY + 2 * DAY, now=NOON) == "C-1"
    assert open_tasks(scope) == []
    assert waits(evening, TODAY + 2 * DAY) == "not_yet"
    assert inbox.listed(scope, states=("unread",)) == []


def test_the_words_of_a_reply_stand_apart_and_can_be_read(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """In the personal rows, erasable; neither in the journal nor in the reply's own row."""
    (row,) = take(scope, put(tmp_path, answer(evening, "Frau Müller zahlt am Freitag."))).taken
    found = inbox.shown(scope, row["id"])
    assert found["words"] == "Frau Müller zahlt am Freitag."
    assert (found["from"], found["subject"]) == (MAIL, "Re: Reminder")
    with tx.reading(scope):
        events = models.Event.objects.filter(**mine(scope)).values_list("refs", flat=True)
        assert not any("Müller" in e or MAIL in e for e in events)
        evidence = json.dumps(models.Reply.objects.get(**mine(scope)).evidence)
    assert "Müller" not in evidence
    with tx.transaction_of(scope):
        personal.erase(scope, "reply", row["id"], at=NOON)
    assert inbox.shown(scope, row["id"])["words"] == ""


def test_a_reply_is_known_by_its_message_its_case_or_its_writer(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """In that order; each alone is enough."""
    with tx.reading(scope):
        entity = models.Entity.objects.get(**mine(scope))
        owes = models.Customer.objects.get(**mine(scope, reference="C-1"))
    raws = {
        "message": answer(evening, "One", sender="somebody@else.example"),
        "case": f"From: x@else.example\nTo: ar+c{entity.pk}.{owes.pk}.1@main.invalid\n\nTwo\n"
        .encode(),
        "writer": b"From: C-1@Example.com\nTo: ar@main.invalid\n\nThree\n",
    }  # fmt: skip
    for name, raw in raws.items():
        (row,) = take(scope, put(tmp_path, raw, f"{name}.eml")).taken
        assert row["customer"] == "C-1", name


def test_a_case_of_nobody_is_not_believed(evening: Evening, scope: Scope, tmp_path: Path) -> None:
    """An address anybody may write to, with numbers of no customer of ours."""
    raw = b"From: x@else.example\nTo: ar+c1.999999.1@main.invalid\n\nHello\n"
    (row,) = take(scope, put(tmp_path, raw)).taken
    assert (row["kind"], row["customer"], row["state"]) == ("unmatched", None, "unread")


def test_a_reply_nobody_is_known_by_is_put_before_a_person(
    evening: Evening, scope: Scope, book: Book, tmp_path: Path
) -> None:
    """Also one whose writer speaks for two customers: no case is paused by a guess."""
    book.take(
        "contacts",
        rows.ContactRow(line=2, customer="C-1", role="buyer", name="B", email="both@x.example"),
        rows.ContactRow(line=3, customer="C-2", role="buyer", name="B", email="both@x.example"),
    )
    (row,) = take(scope, put(tmp_path, b"From: both@x.example\n\nHello\n")).taken
    assert (row["customer"], row["state"]) == (None, "unread")
    assert open_tasks(scope) == ["read_reply"]
    inbox.close(scope, row["id"], outcome="unrelated", on=TODAY, now=NOON)
    assert open_tasks(scope) == []


def test_a_machine_that_answers_pauses_nothing(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """It is kept; the mail did arrive."""
    raw = b"Auto-Submitted: auto-replied\n" + answer(evening, "Away until Monday.")
    (row,) = take(scope, put(tmp_path, raw)).taken
    assert (row["kind"], row["customer"], row["state"]) == ("auto", "C-1", "done")
    assert open_tasks(scope) == []
    assert waits(evening, TODAY + DAY) == "not_yet"


def test_the_wrong_person_ends_the_way_to_them(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """And somebody finds the right one."""
    (row,) = take(scope, put(tmp_path, answer(evening, "I left that company."))).taken
    inbox.close(scope, row["id"], outcome="wrong_contact", on=TODAY, now=NOON)
    assert route(scope).invalid_reason == "wrong person"
    assert open_tasks(scope) == ["repair_route"]


def test_a_reply_is_closed_once(evening: Evening, scope: Scope, tmp_path: Path) -> None:
    """And only one that is there."""
    (row,) = take(scope, put(tmp_path, answer(evening, "Hello"))).taken
    inbox.close(scope, row["id"], outcome="understood", on=TODAY, now=NOON)
    with pytest.raises(Refused, match="waits for nobody"):
        inbox.close(scope, row["id"], outcome="understood", on=TODAY, now=NOON)
    with pytest.raises(Refused, match="no reply 999"):
        inbox.close(scope, 999, outcome="understood", on=TODAY, now=NOON)


def test_what_cannot_be_read_is_complained_of_and_stops_nothing(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """By the name of its file; the good ones beside it are taken."""
    folder = tmp_path / "came"
    folder.mkdir()
    put(folder, b"", "a-empty.eml")
    put(folder, b"%PDF-1.7", "b-page.pdf")
    put(folder, answer(evening, "Hello"), "c.eml")
    report = take(scope, folder)
    assert [c.file for c in report.complaints] == ["a-empty.eml", "b-page.pdf"]
    assert [r["file"] for r in report.taken] == ["c.eml"]


def test_another_organisations_message_is_not_ours(
    evening: Evening, scope: Scope, tmp_path: Path
) -> None:
    """A bounce read into the wrong organisation changes neither."""
    other = found_organisation("other")
    (row,) = take(other, put(tmp_path, bounce(evening))).taken
    assert (row["customer"], row["state"]) == (None, "unmatched")
    assert evening.steps("R-1") == [("first_reminder", TODAY)]


# --- stop words and text messages --------------------------------------------------------------


def test_a_stop_word_switches_its_own_route_off_and_nothing_else(
    evening: Evening, scope: Scope, book: Book, tmp_path: Path
) -> None:
    """No answer, no task, no pause; other contacts and channels stay open."""
    book.take("contacts", person("manager", email="boss@example.com"))
    (row,) = take(scope, put(tmp_path, answer(evening, "STOP"))).taken
    assert (row["kind"], row["done"]) == ("stop", "no more email to this address")
    found = route(scope)
    assert (found.consent, found.invalid_reason) == (False, "opted out")
    assert open_tasks(scope) == []
    evening.look(TODAY + 10 * DAY)
    assert evening.send(at(TODAY + 10 * DAY)).sent == 1
    assert [m.to for m in evening.mail.sent] == [MAIL, "boss@example.com"]
    with tx.reading(scope):
        assert models.Event.objects.filter(**mine(scope, verb="ceased")).count() == 1


def test_a_file_does_not_undo_a_stop_word(
    evening: Evening, scope: Scope, book: Book, tmp_path: Path
) -> None:
    """The same address imported again every night stays switched off."""
    take(scope, put(tmp_path, answer(evening, "STOP")))
    book.customers(customer("C-1"))
    again.review(scope, None, TODAY + 99 * DAY, at(TODAY + 99 * DAY))
    assert waits(evening, TODAY + 99 * DAY) == "no_route"


def test_only_a_new_yes_undoes_a_stop_word(evening: Evening, scope: Scope, tmp_path: Path) -> None:
    """A person says how it was given; without that it is refused."""
    take(scope, put(tmp_path, answer(evening, "STOP")))
    said = {"channel": "email", "role": "ap", "on": TODAY, "now": NOON}
    with pytest.raises(Refused, match="how they agreed again"):
        inbox.repair(scope, "C-1", reason=" ", **said)
    assert inbox.repair(scope, "C-1", reason="asked by phone to be written to", **said) == 1
    assert (route(scope).consent, route(scope).invalid_on) == (True, None)
    with pytest.raises(Refused, match="out of use"):
        inbox.repair(scope, "C-1", reason="", **said)


SMS_POLICY = """
policy: texts
title: By text message
segments: [{name: standard, cadence: texts}]
cadences:
  texts:
    steps:
      - {id: first_reminder, day: 1, wait: 7, tone: friendly, actions: [{channel: sms}]}
      - id: second_notice
        day: 8
        wait: 7
        tone: urgent
        actions: [{channel: email, urgent: true, read_receipt: true}]
"""


@pytest.fixture
def provider() -> Iterator[double.Double]:
    """A provider of text messages on this machine."""
    found = double.Double(clock=lambda: NINE)
    yield found
    found.stop()


@pytest.fixture
def texting(scope: Scope, book: Book, provider: double.Double) -> Evening:
    """A book chased by text message first, through a provider on this machine."""
    document, wrong = read_policy(SMS_POLICY, file="texts.yaml")
    assert document is not None, wrong
    publish.publish(scope, document, now=NOW)
    publish.assign(scope, "MAIN", "texts", now=NOW)
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    evening = Evening(scope)
    evening.routes["sms"] = SmsChannel(
        twilio.Twilio(
            twilio.TwilioSettings(
                double.ACCOUNT, double.TOKEN, double.SENDER, provider.start(), timeout=10
            )
        )
    )
    return evening


def with_mobile(book: Book, number: str = "0049 171 1234567", consent: str | None = "sms") -> None:
    """Give C-1 a person with a mobile number."""
    book.take("contacts", person("ap", mobile=number, consent=consent))


@pytest.mark.parametrize("consent", [None, "none", "email mobile phone"])
def test_no_text_goes_where_nobody_agreed_to_it(
    texting: Evening, book: Book, consent: str | None
) -> None:
    """Silence is no consent; a number to call is not a number to text."""
    with_mobile(book, consent=consent)
    assert waits(texting) == "no_route"


def test_a_text_goes_where_somebody_agreed(
    texting: Evening, book: Book, scope: Scope, provider: double.Double
) -> None:
    """It takes the step once the provider has it; its id is the receipt."""
    with_mobile(book)
    texting.look()
    assert texting.send() == dispatch.Dispatched(sent=1)
    ((number, words),) = provider.taken()
    assert number == NUMBER
    assert "EUR 100.00" in words
    assert "STOP" in words
    assert texting.steps("R-1") == [("first_reminder", TODAY)]
    with tx.reading(scope):
        receipt = models.Receipt.objects.get(**mine(scope))
    assert receipt.evidence == provider.messages[0]["sid"]


def test_a_new_number_needs_a_new_yes(texting: Evening, book: Book, scope: Scope) -> None:
    """What was agreed for one number says nothing of another."""
    with_mobile(book)
    with_mobile(book, number="+491719999999", consent=None)
    assert not route(scope, "sms").consent
    with_mobile(book, number="+491719999999")
    assert route(scope, "sms").consent


def test_without_a_number_the_letter_says_what_the_steps_text_says(
    texting: Evening, book: Book
) -> None:
    """The short text is for telephones only."""
    book.take("contacts", person("owner", address="Ada Ltd\nMain Street 1"))
    texting.look()
    assert texting.send().sent == 1
    assert texting.post.sent[0].raw.startswith(b"%PDF-")


def webhook(**fields: str) -> bytes:
    """Return the body of a webhook, as the provider posts it."""
    given = {
        "MessageSid": "SM9",
        "AccountSid": double.ACCOUNT,
        "From": NUMBER,
        "To": "+15005550006",
    }
    return urllib.parse.urlencode(given | fields).encode()


def test_a_stop_word_by_text_ends_texts_and_not_mails(
    texting: Evening, book: Book, scope: Scope, tmp_path: Path
) -> None:
    """Also on every other contact with that number."""
    with_mobile(book)
    (row,) = take(scope, put(tmp_path, webhook(Body="Stop", SmsStatus="received"))).taken
    assert (row["kind"], row["done"]) == ("stop", "no more sms to this address")
    assert not route(scope, "sms").consent
    assert waits(texting) == "no_route"
    with tx.reading(scope):
        mails = models.Route.objects.filter(**mine(scope, channel="email"))
        assert all(r.consent for r in mails)


def test_an_opt_out_kept_by_the_provider_is_obeyed(
    texting: Evening, book: Book, scope: Scope, provider: double.Double
) -> None:
    """It refuses with its own code; the route is switched off, and no task says repair it."""
    with_mobile(book)
    provider.refuses[NUMBER] = 21610
    texting.look()
    assert texting.send().failed == 1
    assert route(scope, "sms").invalid_reason == "opted out"
    assert open_tasks(scope) == []


def test_a_text_that_was_not_delivered_takes_its_step_back(
    texting: Evening, book: Book, scope: Scope, provider: double.Double, tmp_path: Path
) -> None:
    """The provider's word comes later, by its id of the message."""
    with_mobile(book)
    texting.look()
    texting.send()
    sid = provider.messages[0]["sid"]
    raw = webhook(MessageSid=sid, MessageStatus="undelivered", ErrorCode="30005", To=NUMBER)
    (row,) = take(scope, put(tmp_path, raw)).taken
    assert (row["kind"], row["customer"]) == ("bounce", "C-1")
    assert texting.steps("R-1") == []
    assert route(scope, "sms").invalid_reason == "bounced"


def test_an_answer_by_text_pauses_the_case(
    texting: Evening, book: Book, scope: Scope, tmp_path: Path
) -> None:
    """Known by the number, however it was typed into the book."""
    with_mobile(book)
    (row,) = take(scope, put(tmp_path, webhook(Body="Paid yesterday"))).taken
    assert (row["customer"], row["state"]) == ("C-1", "unread")
    assert waits(texting) == "reply_unread"


def test_a_text_that_broke_off_is_asked_about(
    texting: Evening, book: Book, provider: double.Double
) -> None:
    """The provider has it: the next dispatch finds out, and nobody has to decide."""
    with_mobile(book)
    provider.breaks.add(NUMBER)
    texting.look()
    assert texting.send() == dispatch.Dispatched(unknown=1)
    assert texting.send(NINE + dt.timedelta(minutes=5)) == dispatch.Dispatched(sent=1)
    assert texting.steps("R-1") == [("first_reminder", TODAY)]
    assert len(provider.messages) == 1


def test_a_text_the_provider_knows_nothing_of_waits_for_a_person(
    texting: Evening, book: Book, provider: double.Double
) -> None:
    """That it is not found proves nothing: it is never sent again by itself."""
    with_mobile(book)
    provider.drops.add(NUMBER)
    texting.look()
    texting.send()
    provider.drops.clear()
    assert texting.send(NINE + dt.timedelta(minutes=5)) == dispatch.Dispatched()
    assert texting.states() == [("sms", "unknown")]


def test_the_doctor_knows_short_texts_and_the_provider(texting: Evening, home: Path) -> None:
    """A policy that texts lacks no text; a wrong setting is found before the night run."""
    found = {f.name: f for f in doctor.run(texting.scope, home)}
    assert found["policies"].ok
    (home / "settings.yaml").write_text("sms: {provider: pigeon, account: a, token: t, from: f}\n")
    found = {f.name: f for f in doctor.run(texting.scope, home)}
    assert "sms.provider" in found["mail"].found


def test_a_policy_can_ask_for_a_flag_and_a_receipt(
    texting: Evening, book: Book, scope: Scope
) -> None:
    """Importance, the subject of an urgent account matter, and who gets the receipt."""
    book.take("history", contacted("R-1", "first_reminder", TODAY - 20 * DAY))
    texting.look()
    assert texting.send().sent == 1
    (sent,) = texting.mail.sent
    head = sent.raw.split(b"\r\n\r\n")[0].decode()
    assert sent.subject.startswith("Urgent account matter: ")
    for line in ("Importance: high", "X-Priority: 2", "Disposition-Notification-To: "):
        assert line in head


def test_a_mail_without_options_has_no_flags(evening: Evening) -> None:
    """Neither is the default."""
    head = evening.mail.sent[0].raw.split(b"\r\n\r\n")[0].decode()
    assert "Importance" not in head
    assert "Disposition-Notification-To" not in head


def test_memory_stays_a_whole_double() -> None:
    """The channel in memory cannot be asked; dispatch does not try."""
    assert not isinstance(MemoryChannel(), Answering)
