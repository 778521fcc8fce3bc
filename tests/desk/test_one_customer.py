"""A message is made from one customer's data only (SEMANTICS 6.9)."""

from __future__ import annotations

import email
import email.policy
import json
import random
import string
from collections.abc import Iterator
from typing import Any

import pytest
import typst
from evening import DAY, Evening, at, contacted

from dunwell.core import rows
from dunwell.core.message import Message
from dunwell.core.scope import Scope
from dunwell.delivery import letter
from dunwell.desk import hold
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment

LADDER = ("first_reminder", "second_notice", "final_notice", "pre_collections")


class Pages:
    """Typst's own compiler, keeping what each page is given."""

    given: list[dict[str, Any]]

    def __init__(self, *places: Any, **options: Any) -> None:
        self.inner = Pages.real(*places, **options)

    real = typst.Compiler

    def compile(self, **call: Any) -> Any:
        Pages.given.append(json.loads(call["sys_inputs"]["data"]))
        return self.inner.compile(**call)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What the letters and statements of this test were given."""
    monkeypatch.setattr(typst, "Compiler", Pages)
    letter._compiler.cache_clear()
    Pages.given = []
    yield Pages.given
    letter._compiler.cache_clear()


def someone(book: Book, rng: random.Random, mark: str) -> None:
    """Put a customer in the book all of whose names and numbers bear a mark of their own."""
    who = f"CUST{mark}"
    language = rng.choice(["de", "en", "es", "fr", "it", "nl", "pt"])
    book.customers(
        customer(who, name=f"Firma {mark} & Co", language=language, email=f"ap.{mark}@x.example")
    )
    book.take(
        "contacts",
        rows.ContactRow(
            line=2, customer=who, role="executive", name=f"Frau {mark}",
            email=f"ex.{mark}@x.example", address=f"Firma {mark}\nWeg {mark} 1\n10115 Berlin",
        ),
    )  # fmt: skip
    numbers = [f"R{mark}{n}" for n in range(rng.randint(1, 5))]
    for number in numbers:
        due_on = TODAY - rng.randint(-2, 120) * DAY
        book.items(
            invoice(
                number, rng.randint(2_000, 900_000), customer=who, due_on=due_on,
                currency=rng.choice(["EUR", "EUR", "USD"]), po_number=f"PO{mark}{number[-1]}",
                issued_on=due_on - 30 * DAY,
            )
        )  # fmt: skip
        if due_on < TODAY - 30 * DAY and rng.random() < 0.7:
            step = rng.choice(LADDER)
            book.take("history", contacted(number, step, TODAY - 20 * DAY, customer=who))
    if rng.random() < 0.4:
        book.items(credit_note(f"N{mark}", 500, customer=who, applies_to=numbers[0]))
    if rng.random() < 0.4:
        book.payments(payment(f"P{mark}", 700, customer=who))
    if rng.random() < 0.3:
        hold.open_hold(
            book.scope, who, items=numbers[:1], amount_minor=1_000, on=TODAY, until=None,
            reason=f"note {mark}", now=NOW, kind="dispute",
        )  # fmt: skip


def whole_text(message: Message) -> str:
    """Return all a recipient can read: every header, text, page and file name."""
    if message.channel != "email":
        return "\n".join([message.to, message.subject, message.text, message.html])
    mail = email.message_from_bytes(message.raw, policy=email.policy.default)
    said = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        said.append(str(part.get_filename() or ""))
        if part.get_content_maintype() == "text":
            said.append(part.get_content())
    return "\n".join([*said, message.to, *(a.filename for a in message.attachments)])


@pytest.mark.parametrize("seed", range(4))
def test_no_message_names_another_customer(
    scope: Scope, book: Book, pages: list[dict[str, Any]], seed: int
) -> None:
    """Random books, a month of evenings: each mail, letter and statement bears one mark only."""
    rng = random.Random(seed)
    marks = ["".join(rng.sample(string.ascii_uppercase, 7)) for _ in range(8)]
    book.take("rates", rows.RateRow(line=2, currency="USD", base="EUR", on=TODAY, rate="0.9"))
    for mark in marks:
        someone(book, rng, mark)
    evening = Evening(scope)
    for day in (TODAY, TODAY + 7 * DAY, TODAY + 15 * DAY, TODAY + 30 * DAY):
        evening.look(day)
        evening.approve_all(day)
        evening.look(day)
        evening.send(at(day))
    messages = [*evening.mail.sent, *evening.post.sent]
    assert len({m.to for m in messages}) >= 6
    assert len(pages) >= len(evening.post.sent) > 0
    for message in messages:
        text = whole_text(message)
        named = [m for m in marks if m.lower() in text.lower()]
        assert len(named) == 1, f"seed {seed}: {message.key} names {named}"
    for page in pages:
        text = json.dumps(page).lower()
        assert len([m for m in marks if m.lower() in text]) == 1, f"seed {seed}"
