"""The messages of a policy in the browser: listed by step, seen in every language, worded anew."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_web import client_of, main_of, seen
from test_web_policy import by, page, post

from dunwell.core.scope import Scope
from dunwell.delivery import render
from dunwell.desk import drafting, preview
from helpers import NOW, TODAY, Book, customer, invoice

HERE = "/policy/classic/texts"
ONE = f"{HERE}/first_reminder"


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """Two customers are late."""
    book.customers(customer("C-1", name="Lowry <Sign> Works"), customer("C-2", name="Vega"))
    book.items(invoice("R-1", 61_050), invoice("R-2", 20_000, customer="C-2"))
    return scope


def words_of(shown: str) -> str:
    """Return the words in the form of a page."""
    return html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", shown, re.DOTALL)[1])


def test_the_messages_stand_by_the_steps_that_use_them(owing: Scope) -> None:
    """Each ladder with its steps, how they go and in whose words; each opens its page."""
    client = client_of(owing)
    said = page(client, HERE)
    assert "messages in 7 languages; all in the words that come with Dunwell." in seen(said)
    assert "Messages of classic" in seen(said)
    assert re.search(r"Call overdue\s+final notice firm\s+call\s+as built in", seen(said))
    for path in {re.sub(r"&amp;", "&", p) for p in re.findall(rf'href="({HERE}/\w+)"', said)}:
        page(client, path)
    page(client, f"{HERE}/nothing", 404)


def test_a_message_is_seen_in_all_languages_side_by_side(owing: Scope) -> None:
    """One frame a language with the real account; as a letter it is a PDF."""
    client = client_of(owing)
    said = page(client, f"{ONE}?customer=C-1")
    assert "As it would look for Lowry <Sign> Works" in seen(said)
    frames = [html.unescape(f) for f in re.findall(r'<iframe class="mail" src="([^"]+)"', said)]
    assert len(frames) == len(render.LANGUAGES)
    mails = [client.get(f).content.decode() for f in frames]
    assert all("R-1" in m and "R-2" not in m for m in mails)
    assert len({re.search(r'lang="(\w+)"', m)[1] for m in mails}) == len(render.LANGUAGES)
    assert "<Sign>" not in "".join(mails)
    letters = page(client, f"{ONE}?customer=C-1&way=letter")
    (german,) = re.findall(r'<object class="paper" data="([^"#]+/de/letter.pdf[^"#]*)#', letters)
    made = client.get(html.unescape(german))
    assert made.content.startswith(b"%PDF")
    assert made["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert "there is nothing" not in seen(page(client, f"{HERE}/call_overdue"))
    assert client.get(f"{HERE}/call_overdue/de/letter.pdf").status_code == 404
    assert "C-9" in seen(page(client, f"{ONE}?customer=C-9"))


def test_words_are_changed_in_a_draft_and_sent_once_published(owing: Scope) -> None:
    """The page shows them as kept; tonight's message has them with the new version."""
    client = client_of(owing)
    own = words_of(page(client, f"{ONE}/en")).replace("{{ greeting }}", "Good day to you.")
    done = post(client, f"{ONE}/en", words=own)
    assert done["Location"] == f"{ONE}/en"
    said = page(client, f"{ONE}/en")
    assert words_of(said) == own
    assert "own words" in seen(said)
    frame = html.unescape(re.search(r'<iframe class="mail" src="([^"]+)"', said)[1])
    assert "Good day to you." in client.get(frame).content.decode()
    assert "1 text in words of your own" in seen(page(client, HERE))
    assert "The text first reminder in en is an own one now" in seen(
        page(client, "/policy/classic/publish")
    )
    other = by(owing, "carl", "collector")
    assert "Good day" not in other.get(frame).content.decode(), "a draft is its writer's"
    (before,) = preview.preview(owing, "C-1", as_of=TODAY)
    post(client, "/policy/classic/publish", moves="yes")
    (after,) = preview.preview(owing, "C-1", as_of=TODAY)
    assert ("Good day" in before.message.text, "Good day" in after.message.text) == (False, True)
    assert "Good day" in other.get(frame).content.decode()
    post(client, f"{ONE}/en", do="built_in", words="")
    assert "as built in" in seen(page(client, f"{ONE}/en"))


def test_words_with_a_fault_come_back_with_what_is_wrong(owing: Scope) -> None:
    """A field there is not is named; what was typed stays in the form, nothing is kept."""
    client = client_of(owing)
    own = words_of(page(client, f"{ONE}/de")).replace("{{ items }}", "{{ itmes }}")
    answer = post(client, f"{ONE}/de", 422, words=own)
    shown = main_of(answer.content.decode())
    assert "unknown field 'itmes'" in seen(shown)
    assert "{{ itmes }}" in words_of(shown)
    assert post(client, f"{ONE}/de", 422, words=" ")
    assert drafting.kept(owing) == []
    assert client.get(f"{ONE}/xx").status_code == 404


def test_who_may_not_write_reads_what_is_published(owing: Scope) -> None:
    """A reader sees every message and no door to its words."""
    client = by(owing, "rae", "reader")
    assert "Messages" in seen(page(client, "/policy/classic"))
    assert "change the words" not in page(client, ONE)
    assert client.get(f"{ONE}/en").status_code == 403
    assert client.post(f"{ONE}/en", {"words": "x"}).status_code == 403
    assert client.get(f"{ONE}/en/mail.html").status_code == 200


def test_a_draft_that_cannot_be_read_says_so_and_what_is_published_is_shown(owing: Scope) -> None:
    """The messages stay open; their words are changed once the draft is mended."""
    client = client_of(owing)
    drafting.keep(owing, "classic", "policy: [", base_n=1, now=NOW)
    assert "Messages of classic" in seen(page(client, HERE))
    shown = page(client, f"{ONE}/en")
    answer = post(client, f"{ONE}/en", 422, words=words_of(shown))
    assert "mend it first" in seen(main_of(answer.content.decode()))


def test_the_pages_cost_the_same_however_many_owe(owing: Scope, book: Book) -> None:
    """No query a customer: the account is found among those that hear something tonight."""
    client = client_of(owing)
    counts = []
    for more in (0, 30):
        book.customers(*(customer(f"D-{n}") for n in range(more)))
        book.items(*(invoice(f"S-{n}", customer=f"D-{n}") for n in range(more)))
        page(client, HERE)
        page(client, ONE)
        with CaptureQueriesContext(connection) as caught:
            page(client, HERE)
            page(client, ONE)
        counts.append(len(caught))
    assert counts[0] == counts[1]
