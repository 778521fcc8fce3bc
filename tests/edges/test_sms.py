"""Text messages: how they are counted and written, and what a provider may answer."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from sample_messages import SENDER, SENT_AT, data, mail, part, with_

from dunwell.core import stop_words
from dunwell.core.errors import (
    DeliveryFailed,
    HandoverUnknown,
    Misconfigured,
    Refused,
    Unavailable,
)
from dunwell.core.inbound import e164
from dunwell.core.message import Message
from dunwell.delivery import render
from dunwell.delivery.sms import SmsChannel, double, short, twilio
from dunwell.desk import setting

AT = dt.datetime(2026, 3, 12, 9, 0, tzinfo=dt.UTC)
NUMBER = "+491711234567"
NAMES = ("pre_due", "due", "friendly", "urgent", "firm", "severe", "formal")
TEMPLATES = render.load_templates()
EVERY = list(itertools.product(render.LANGUAGES, NAMES))


@pytest.fixture
def other() -> Iterator[double.Double]:
    """A provider on this machine."""
    found = double.Double(clock=lambda: AT)
    yield found
    found.stop()


def channel(other: double.Double, **changes: Any) -> SmsChannel:
    """Return the channel to it, as an operator would set it."""
    given = {
        "account": double.ACCOUNT, "token": double.TOKEN, "sender": double.SENDER, "timeout": 10,
    } | changes  # fmt: skip
    return SmsChannel(twilio.Twilio(twilio.TwilioSettings(url=other.start(), **given)))


def text(words: str = "Hello", to: str = NUMBER) -> Message:
    """Return a text message that is ready to go."""
    return mail("key-1", to, channel="sms", raw=words.encode())


# --- counted ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("[" * 80, 1), ("[" * 81, 2), ("a" * 152 + "[" + "a" * 20, 2),
        ("a" * 152 + "[" + "a" * 152, 3),  # the bracket's two places cannot be parted
        ("à" * 160, 1), ("á" * 70, 1), ("á" * 71, 2), ("á" * 134, 2), ("á" * 135, 3),
        ("😀" * 35, 1), ("😀" * 36, 2), ("a" * 66 + "😀" + "a" * 10, 2),
    ],
)  # fmt: skip
def test_a_text_is_counted_as_providers_charge_it(words: str, count: int) -> None:
    """160 and 153 signs of seven bits, 70 and 67 otherwise; a double place is never parted."""
    assert short.parts(words) == count


def test_accents_stay_where_they_fit_and_go_where_they_cost_a_part() -> None:
    """Two parts are the most; then letters lose accents, then the sender's name is shortened."""
    assert short.fitted(lambda name: f"{name}: não", "Café Olé") == "Café Olé: não"
    long = short.fitted(lambda name: f"{name}: não {'a' * 150}", "Café Olé")
    assert long == f"Café Olé: nao {'a' * 150}"
    cut = short.fitted(lambda name: f"{name} {'ж' * 100}", "A name of more than thirty-three signs")
    assert cut.startswith("A name of more than thirty-three signs"[:12])
    assert short.parts(cut) == 2
    with pytest.raises(Refused, match="more than 2 parts"):
        short.fitted(lambda name: f"{name} {'ж' * 200}", "Acme")


def made(language: str, name: str, **said: Any) -> Message:
    """Return the text message of a phase or tone."""
    is_early = name in ("pre_due", "due")
    given = {"pay_by": None} if is_early else {}
    parts = said.pop("parts", (part(),))
    recipient = with_(data().recipient, language=language, mobile=NUMBER)
    found = data("x", *parts, channel="sms", recipient=recipient, **(given | said))
    return render.render(with_(found, template=name), templates=TEMPLATES, sent_at=SENT_AT)


@pytest.mark.parametrize(("language", "name"), EVERY)
def test_every_text_says_what_it_must_and_fits(language: str, name: str) -> None:
    """Who, how much, the reference, up to when payments count, whom to ask, how to stop it."""
    found = made(language, name)
    assert (found.language, found.channel, found.to) == (language, "sms", NUMBER)
    assert found.raw == found.text.encode()
    for wanted in ("Nordwind Handels GmbH", "RF18539007547034", "200", "EUR", "2026",
                   "+49 40 123456-0", "STOP"):  # fmt: skip
        assert wanted in found.text, wanted
    assert short.parts(found.text) <= short.PARTS
    assert not re.search(r"[{}!]| [,.]|,,|\.\.|\(\)|None", found.text)


@pytest.mark.parametrize(("language", "name"), EVERY)
def test_every_text_fits_with_the_longest_data(language: str, name: str) -> None:
    """A long name, a large amount and no phone still make two parts at most."""
    long = with_(part(reference="RF18539007547034123456789"), total_minor=98_765_432_199)
    sender = with_(SENDER, entity_name="Gesellschaft für " + "außerordentlich " * 6, phone="",
                   email="forderungsmanagement@nordwind-handelsgesellschaft.example")  # fmt: skip
    day = dt.date(2026, 9, 30)
    when = {"counted_to": day} | ({} if name in ("pre_due", "due") else {"pay_by": day})
    found = made(language, name, parts=(long,), sender=sender, **when)
    assert short.parts(found.text) <= short.PARTS
    assert "forderungsmanagement@nordwind-handelsgesellschaft.example" in found.text


def test_a_text_in_a_language_without_one_goes_in_english() -> None:
    """As a mail does."""
    assert made("sv", "firm").language == "en"


def test_a_text_that_is_not_there_is_refused() -> None:
    """Before anything is sent; the ending is no text of its own."""
    for name in ("reminder", "ending"):
        with pytest.raises(Refused, match="no short text"):
            made("en", name)


def test_every_language_has_the_same_short_texts() -> None:
    """One for each phase and tone, and the ending."""
    for language in render.LANGUAGES:
        assert set(TEMPLATES.short[language]) == {*NAMES, "ending"}


# --- numbers and words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+49 171 1234567", NUMBER), ("0049 171/123-4567", NUMBER), ("+49 (0)171 1234567", NUMBER),
        ("(+49) 171.1234567", NUMBER), ("0171 1234567", None), ("171", None), ("+0171234567", None),
        ("+49 171 12E4567", None), ("", None), ("+4917112345678901234", None),
    ],
)  # fmt: skip
def test_a_number_needs_its_country(typed: str, number: str | None) -> None:
    """What is typed in the usual ways is understood; a country is never guessed."""
    assert e164(typed) == number


@pytest.mark.parametrize(
    "words",
    ["STOP", "stop", " Stop. ", "STOPALL", "Stop all", "UNSUBSCRIBE", "cancel", "END", "quit",
     "ARRET", "arrêt", "STOPP", "baja", '"Stop"', "sair"],
)  # fmt: skip
def test_a_stop_word_alone_is_a_stop(words: str) -> None:
    """However it is written."""
    assert stop_words.is_stop(words)


@pytest.mark.parametrize(
    "words",
    ["Please stop the delivery", "We will not stop", "the end of the month", "", "Stopover",
     "Cancel order 17", "ok"],
)  # fmt: skip
def test_a_stop_word_among_others_is_for_a_person(words: str) -> None:
    """Nothing is switched off because of one word in a sentence."""
    assert not stop_words.is_stop(words)


# --- the provider -----------------------------------------------------------------------------


def test_what_goes_over_the_wire_is_what_the_provider_documents(other: double.Double) -> None:
    """Number, sender and text arrive as they are; the receipt names the provider's id."""
    way = channel(other)
    way.open()
    receipt = way.send(text("Grüße & 100 % = €", "+49 171 1234567"), at=AT)
    (kept,) = other.messages
    assert (kept["to"], kept["from"], kept["body"]) == (NUMBER, double.SENDER, "Grüße & 100 % = €")
    assert receipt.evidence == kept["sid"]
    assert receipt.key == "key-1"


def test_a_messaging_service_may_be_the_sender(other: double.Double) -> None:
    """Its id begins with MG and goes into a field of its own."""
    way = channel(other, sender="MG" + "1" * 32)
    way.send(text(), at=AT)
    (kept,) = other.messages
    assert (kept["from"], kept["messaging_service_sid"]) == (None, "MG" + "1" * 32)


REFUSALS = [
    # code, permanent, about the address, about
    (21211, True, True, ""), (21614, True, True, ""), (30005, True, True, ""),
    (30006, True, True, ""), (21610, True, False, "opt_out"), (21606, False, False, "us"),
    (21408, False, False, "us"), (30034, False, False, "us"), (30003, False, False, ""),
    (30008, False, False, ""), (21617, True, False, ""), (30007, True, False, ""),
    (99999, True, False, ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "is_permanent", "is_address", "about"), REFUSALS)
def test_a_published_code_says_whose_fault_it_is(
    other: double.Double, code: int, is_permanent: bool, is_address: bool, about: str  # noqa: FBT001
) -> None:  # fmt: skip
    """The number's, ours, the recipient's wish, or only today's."""
    other.refuses[NUMBER] = code
    with pytest.raises(DeliveryFailed) as refused:
        channel(other).send(text(), at=AT)
    no = refused.value
    assert (no.permanent, no.is_address, no.about) == (is_permanent, is_address, about)
    assert no.evidence == str(code)
    assert other.taken() == []


@pytest.mark.parametrize("status", [429, 503, 301, 401])
def test_what_was_not_taken_may_be_tried_again(other: double.Double, status: int) -> None:
    """Too many requests, out of service, moved or signed out: nothing left the house."""
    other.statuses[NUMBER] = status
    with pytest.raises(Unavailable):
        channel(other).send(text(), at=AT)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_gateway_that_gave_up_may_have_passed_it_on(other: double.Double, status: int) -> None:
    """So it is unknown, and never sent again blindly."""
    other.statuses[NUMBER] = status
    with pytest.raises(HandoverUnknown):
        channel(other).send(text(), at=AT)


def test_a_line_that_breaks_is_unknown_and_can_be_asked_about(other: double.Double) -> None:
    """What was taken is found by number, text and time; what was not is not."""
    way = channel(other)
    other.breaks.add(NUMBER)
    with pytest.raises(HandoverUnknown):
        way.send(text("R-1 is open"), at=AT)
    span = dt.timedelta(minutes=10)
    assert way.ask(text("R-1 is open"), handed_at=AT, within=span) == other.messages[0]["sid"]
    assert way.ask(text("R-2 is open"), handed_at=AT, within=span) is None
    assert way.ask(text("R-1 is open"), handed_at=AT + 2 * span, within=span) is None
    assert way.ask(text("R-1 is open", "+491710000009"), handed_at=AT, within=span) is None
    assert way.ask(text("R-1 is open", "no number"), handed_at=AT, within=span) is None


def test_a_message_that_failed_at_once_is_not_taken_for_sent(other: double.Double) -> None:
    """Asked about, a failed message is none."""
    way = channel(other)
    other.fails[NUMBER] = 30003
    with pytest.raises(DeliveryFailed):
        way.send(text(), at=AT)
    assert way.ask(text(), handed_at=AT, within=dt.timedelta(minutes=10)) is None


def test_a_line_that_drops_before_the_answer_is_unknown_too(other: double.Double) -> None:
    """Nobody can tell from here, and asking finds nothing: a person decides."""
    way = channel(other)
    other.drops.add(NUMBER)
    with pytest.raises(HandoverUnknown):
        way.send(text(), at=AT)
    assert way.ask(text(), handed_at=AT, within=dt.timedelta(minutes=10)) is None


def test_a_wrong_token_is_the_operators_to_mend(other: double.Double) -> None:
    """Found out before anything is sent; changed meanwhile, the work is kept."""
    with pytest.raises(Misconfigured) as wrong:
        channel(other, token="wrong").open()
    assert wrong.value.setting == "sms.token"
    other.stop()
    way = channel(other)
    way.open()
    other.token = "changed since"
    with pytest.raises(DeliveryFailed) as refused:
        way.send(text(), at=AT)
    assert (refused.value.permanent, refused.value.about) == (False, "us")


def test_what_is_no_number_never_reaches_the_wire(other: double.Double) -> None:
    """It is refused for good, with what would do."""
    with pytest.raises(DeliveryFailed, match=r"such as \+49") as refused:
        channel(other).send(text(to="0171 1234567"), at=AT)
    assert refused.value.permanent
    assert refused.value.is_address
    assert other.messages == []


def test_a_token_goes_over_tls_only() -> None:
    """An address without TLS is refused, unless it is this machine."""
    way = twilio.Twilio(twilio.TwilioSettings("AC1", "t", "+1", url="http://api.example.com"))
    with pytest.raises(Misconfigured) as wrong:
        way.open()
    assert wrong.value.setting == "sms.url"


# --- settings ---------------------------------------------------------------------------------

SMS = {"provider": "twilio", "account": "AC1", "token": "env:SMS_TOKEN", "from": "+15005550006"}


def test_the_token_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the mail password may."""
    monkeypatch.setenv("SMS_TOKEN", "secret")
    found = setting.sms_settings(SMS)
    assert (found.token, found.sender, found.url) == ("secret", "+15005550006", twilio.API)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["twilio"], "sms"), (SMS | {"color": "red"}, "sms.color"),
        ({k: v for k, v in SMS.items() if k != "from"}, "sms.from"),
        (SMS | {"account": ""}, "sms.account"), (SMS, "sms.token"),
        (SMS | {"token": "t", "provider": "pigeon"}, "sms.provider"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(given: Any, named: str) -> None:
    """Each with what would do."""
    with pytest.raises(Misconfigured) as wrong:
        setting.sms_settings(given)
    assert wrong.value.setting == named


# --- what comes back --------------------------------------------------------------------------


def posted(**fields: str) -> bytes:
    """Return the body of a webhook, as it is posted."""
    given = {"MessageSid": "SM1", "AccountSid": "AC1", "From": NUMBER, "To": double.SENDER}
    return urllib.parse.urlencode(given | fields).encode()


def test_an_answer_is_read_from_the_webhook() -> None:
    """As it was posted or as JSON."""
    raw = posted(Body="I pay on Friday & thanks", SmsStatus="received")
    as_json = json.dumps(dict(urllib.parse.parse_qsl(raw.decode()))).encode()
    for body in (raw, as_json):
        found = twilio.read(body, file="in.txt")
        assert found is not None
        assert (found.kind, found.sender, found.channel) == ("reply", NUMBER, "sms")
        assert found.words == "I pay on Friday & thanks"


def test_a_stop_word_or_the_providers_own_mark_is_a_stop() -> None:
    """Whichever says it."""
    assert twilio.read(posted(Body="Stop"), file="f").kind == "stop"  # type: ignore[union-attr]
    marked = twilio.read(posted(Body="Basta ya", OptOutType="STOP"), file="f")
    assert marked is not None
    assert marked.kind == "stop"


@pytest.mark.parametrize(
    ("status", "code", "kind", "is_hard"),
    [
        ("delivered", "", "delivered", None), ("read", "", "read", None), ("sent", "", "own", None),
        ("undelivered", "30005", "bounce", True), ("failed", "30003", "bounce", False),
    ],
)  # fmt: skip
def test_what_became_of_a_message_is_read(
    status: str, code: str, kind: str, is_hard: bool | None  # noqa: FBT001
) -> None:  # fmt: skip
    """By the provider's id of it, hard or for now by the code."""
    raw = posted(MessageStatus=status, ErrorCode=code, To=NUMBER, From=double.SENDER)
    found = twilio.read(raw, file="f")
    assert found is not None
    assert (found.kind, found.reference, found.sender) == (kind, "SM1", NUMBER)
    if is_hard is not None:
        assert [f.is_hard for f in found.failed] == [is_hard]


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", b"From: a@example.com\n\nMessageSid=SM1&From=x", b"{", b"[]", b"{}",
     b"MessageSid=&From=%2B49", b"\xff\xfe\x00", b'{"MessageSid": ["x"]}', b"{" * 5000],
)  # fmt: skip
def test_what_is_no_webhook_is_left_to_others(raw: bytes) -> None:
    """Never a traceback."""
    assert twilio.read(raw, file="f") is None
