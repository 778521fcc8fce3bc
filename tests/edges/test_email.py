"""Mails read back by the standard library's parser: nothing lost, nothing slipped in."""

from __future__ import annotations

import email
import email.headerregistry
import email.message
import email.policy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_messages import RECIPIENT, SENDER, SENT_AT, data, with_

from dunwell.core import message
from dunwell.delivery import render
from dunwell.delivery.email import mime

NAMES = {
    "plain": "Jutta Schroeder",
    "umlauts": "Jütta Schröder-Öçğ",
    "markup": "<b>*Bold* & _co_</b> [link](https://x.example) `code`",
    "quotes": 'Smith, "The Fox" \\ Sons; Ltd.',
    "header injection": "Smith\r\nBcc: all@example.com\r\n\r\nHello",
    "bare newlines": "Smith\nBcc: all@example.com\rX-Other: 1\x0bY\x00Z",
    "right to left": "شركة المثال للتجارة",
    "override": "evil \u202egpj.exe\u2069",
    "Chinese": "株式会社サンプル商事",
    "emoji": "Café 😀 GmbH",
    "three hundred": "Very Long Name " * 20,
    "three hundred in one word": "x" * 300,
    "three hundred umlauts": "ö" * 300,
    "an encoded word": "=?utf-8?q?=41?=",
    "spaces": "   ",
}


def _read(raw: bytes) -> email.message.EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def _made(template: str = "first_reminder", **said: object) -> message.Message:
    return render.render(
        data(template, **said), templates=render.load_templates(), sent_at=SENT_AT
    )  # fmt: skip


def _to_name(mail: email.message.EmailMessage) -> str:
    header = mail["To"]
    assert isinstance(header, email.headerregistry.AddressHeader)
    (address,) = header.addresses
    assert address.addr_spec == RECIPIENT.email
    return address.display_name


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_no_name_can_break_a_mail(name: str) -> None:
    """Whatever a customer, contact or entity is called, the mail has its own headers only."""
    made = _made(
        recipient=with_(RECIPIENT, contact_name=name, customer_name=name),
        sender=with_(SENDER, entity_name=name, signatory_name=name, phone=name),
    )
    mail = _read(made.raw)
    assert mail.defects == []
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted",
        "X-Dunwell-Key", "Reply-To", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert made.raw.isascii()
    assert max(map(len, made.raw.split(b"\r\n"))) <= 998
    assert b"\n" not in made.raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("name", ["plain", "umlauts", "quotes", "right to left", "Chinese"])
def test_names_arrive_as_they_are(name: str) -> None:
    """A name of ordinary length is read back letter by letter."""
    made = _made(recipient=with_(RECIPIENT, contact_name=NAMES[name]))
    assert _to_name(_read(made.raw)) == NAMES[name]


def test_a_name_with_line_ends_becomes_one_line() -> None:
    """What would be a second header is words in the first one."""
    made = _made(recipient=with_(RECIPIENT, contact_name=NAMES["header injection"]))
    assert _to_name(_read(made.raw)) == "Smith Bcc: all@example.com Hello"


def test_marks_that_turn_the_writing_are_left_out() -> None:
    """A direction override in a name cannot turn the words that follow it."""
    made = _made(recipient=with_(RECIPIENT, contact_name=NAMES["override"]))
    assert "\u202e" not in made.text + made.html + made.subject
    assert "evil gpj.exe" in made.text


@given(st.text(max_size=400))
def test_text_and_subject_survive_the_wire(words: str) -> None:
    """Any words come back from quoted-printable and header folding as they went in."""
    line = re.sub(r"\s+", " ", words).strip()
    raw = mime.mail(
        data(), subject=words, text=f"{words}\n", page="<p>x</p>", language="en",
        attachments=[], sent_at=SENT_AT,
    )  # fmt: skip
    mail = _read(raw)
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().split() == f"{words}\n".encode("utf-8", "replace").decode().split()
    assert mail.defects == []
    if line.isascii() and line.isprintable() and "=?" not in line:
        assert re.sub(r"\s+", " ", str(mail["Subject"])) == line


def test_a_mail_holds_its_text_its_page_and_its_files() -> None:
    """Text and HTML are alternatives, PDFs stand beside them, and all are what was rendered."""
    made = _made("final_demand", attach_statement=True, attach_letter=True, language="de")
    mail = _read(made.raw)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().splitlines() == made.text.splitlines()
    assert page.get_content().splitlines() == made.html.splitlines()
    files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert list(files) == ["Kontoauszug-C-1042-2026-03-12.pdf", "Schreiben-C-1042-2026-03-12.pdf"]
    assert all(content.startswith(b"%PDF-") for content in files.values())


def test_headers_lead_back_to_the_action() -> None:
    """Message-ID and our own header hold the key, replies come back with the case."""
    made = _made()
    mail = _read(made.raw)
    assert mail["Message-ID"] == "<8b1a9953c4611296a827abf8c47804d7@nordwind.example>"
    assert mail["X-Dunwell-Key"] == "8b1a9953c4611296a827abf8c47804d7"
    assert mail["Reply-To"] == "ar+c1.42.3@nordwind.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert mail["Date"] == "Thu, 12 Mar 2026 09:00:00 +0000"
    assert "Importance" not in mail
    assert (made.to, made.sender_address) == (RECIPIENT.email, SENDER.email)


def test_urgent_mails_say_so_where_that_is_wanted() -> None:
    """The urgent subject and flag come together, and only as an option."""
    mail = _read(_made(is_urgent=True).raw)
    assert str(mail["Subject"]).startswith("Urgent account matter: Reminder")
    assert mail["Importance"] == "high"


def test_the_same_data_make_the_same_bytes() -> None:
    """Rendering twice gives one mail, so its hash can be kept and compared."""
    first = _made("final_demand", attach_statement=True, attach_letter=True)
    again = _made("final_demand", attach_statement=True, attach_letter=True)
    assert first == again
    other = _made("final_demand", attach_statement=True, attach_letter=True, key="another-key")
    assert other.raw != first.raw


def test_a_file_name_beyond_ascii_is_read_back() -> None:
    """Attachments may be called by words of any language."""
    file = message.Attachment(filename="Relevé-№1.pdf", media_type="application/pdf", content=b"x")
    raw = mime.mail(
        data(), subject="s", text="t\n", page="p", language="fr", attachments=[file],
        sent_at=SENT_AT,
    )  # fmt: skip
    (part,) = _read(raw).iter_attachments()
    assert part.get_filename() == "Relevé-№1.pdf"
    assert part.get_content() == b"x"


def test_every_size_of_attachment_is_whole() -> None:
    """Base64 lines end where they should, for every remainder and for nothing at all."""
    for size in (0, 1, 2, 3, 56, 57, 58, 114, 1000):
        content = bytes(range(256)) * 4
        file = message.Attachment(
            filename="a.bin", media_type="application/octet-stream", content=content[:size]
        )
        raw = mime.mail(
            data(), subject="s", text="t\n", page="p", language="en", attachments=[file],
            sent_at=SENT_AT,
        )  # fmt: skip
        (part,) = _read(raw).iter_attachments()
        assert part.get_content() == content[:size]
