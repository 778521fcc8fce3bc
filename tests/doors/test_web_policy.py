"""Policies in the browser: read, changed by a number or as a text, tried, published."""

from __future__ import annotations

import datetime as dt
import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from test_web import client_of, main_of, seen

from dunwell import policies
from dunwell.core import authority, naming
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import drafting, effect, found, look, publish
from dunwell.store import models, tx
from dunwell.web import limits, read, rungs, server
from helpers import NOW, TODAY, Book, customer, instant, invoice

DAY = dt.timedelta(days=1)
READ = ("/policy", "/policy/classic")
WRITE = tuple(f"/policy/classic/{p}" for p in ("numbers", "edit", "effect", "stories", "publish"))
DONE = tuple(f"/policy/classic/{p}" for p in ("check", "drop", "go-on"))
FIRST = "cadences.classic.steps[0]"
LATE = (3, 4, 12, 40)
STORY = """2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder friendly
"""


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """Four customers, each with an invoice some days overdue and nothing sent yet."""
    book.customers(*(customer(f"C-{n}", name=f"Customer <{n}>") for n in LATE))
    book.items(
        *(invoice(f"R-{n}", 60_000, customer=f"C-{n}", due_on=TODAY - n * DAY) for n in LATE)
    )
    return scope


def page(client: Client, path: str, status: int = 200) -> str:
    """Return what a page shows."""
    response = client.get(path)
    assert response.status_code == status, response.content.decode()[:3000]
    return main_of(response.content.decode())


def post(client: Client, path: str, status: int = 303, **said: Any) -> Any:
    """Send a form, its names with points written with two lines."""
    given = {k.replace("__", "."): v for k, v in said.items()}
    response = client.post(path, given)
    assert response.status_code == status, response.content.decode()[:3000]
    return response


def number(client: Client, name: str, value: str, *, status: int = 200, was: str = "") -> str:
    """Change one number on its page; return the page."""
    shown = page(client, "/policy/classic/numbers")
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', html.unescape(shown)))
    fields[name] = value
    if was:
        fields[f"was.{name}"] = was
    response = client.post("/policy/classic/numbers", fields)
    assert response.status_code == status
    return main_of(response.content.decode())


def text_of(client: Client, name: str = "classic") -> str:
    """Return the text of a draft as its page shows it."""
    shown = page(client, f"/policy/{name}/edit")
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", shown, re.DOTALL)
    return html.unescape(found[1])


def by(scope: Scope, name: str, role: str = "manager") -> Client:
    """Return the browser of somebody with a role."""
    found.add_user(scope, name, roles=[role], now=NOW)
    return client_of(scope._replace(actor=name))


def steps(scope: Scope, *, as_of: dt.date = TODAY) -> dict[str, str]:
    """Return what tonight would send: the step by customer."""
    lines = look.propose(scope, as_of=as_of).lines
    return {x.customer: x.made.step for x in lines if hasattr(x.made, "step")}


# --- reading ----------------------------------------------------------------------------------


def test_the_policies_say_who_walks_which(owing: Scope) -> None:
    """Every published policy with its version, its entities and a door; the ladder of the used."""
    client = client_of(owing)
    said = page(client, "/policy")
    assert "5 policies are published; 1 company uses 1 of them." in seen(said)
    for name in policies.BUILT_IN:
        assert f'href="/policy/{name}"' in said
    assert "The ladders of" in said
    assert 'aria-current="page"' in client.get("/policy").content.decode()


@pytest.mark.parametrize("name", policies.BUILT_IN)
def test_a_ladder_is_drawn_and_told_alike(owing: Scope, name: str) -> None:
    """Each step and end of each segment stands in the picture and, the same, in the table."""
    said = page(client_of(owing), f"/policy/{name}")
    document = policies.built_in(name)
    drawn = re.findall(r"<svg.*?</svg>", said, re.DOTALL)
    told = re.findall(r"<table class=\"figures steps-of\">.*?</table>", said, re.DOTALL)
    assert len(drawn) == len(told) == len(document.segments)
    for picture, table, ladder in zip(drawn, told, rungs.ladders(document), strict=True):
        for r in ladder.rungs:
            assert naming.plain(r.id) in table
            assert (f">{naming.plain(r.id)}</text>" in picture) is (r.comes is not None)
            assert r.comes is None or f">{r.when}, " in picture
        for e in ladder.ends:
            assert f">{e.what}</text>" in picture
            assert e.what in table
        assert picture.count('class="ring"') == len(ladder.ends) + sum(
            bool(r.approve) for r in ladder.rungs
        )


@pytest.mark.parametrize("name", policies.BUILT_IN)
def test_no_words_of_a_picture_lie_upon_others(name: str) -> None:
    """Words that would meet stand in lanes above each other, all of them within the picture."""
    for ladder in rungs.ladders(policies.built_in(name)):
        spans = []
        for x, y, anchor, words in re.findall(
            r'<text class="name" x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">([^<]+)<',
            ladder.picture,
        ):
            width = len(words) * rungs._CHAR
            left = float(x) - (width if anchor == "end" else 0)
            assert 0 <= left <= left + width <= rungs._WIDE + 1
            spans.append((float(y), left, left + width))
        for n, (y, left, right) in enumerate(spans):
            assert not any(y == b and left < d and c < right for b, c, d in spans[n + 1 :])


def test_limits_are_told_in_words(owing: Scope) -> None:
    """What holds for the whole policy stands there as sentences."""
    said = seen(page(client_of(owing), "/policy/classic"))
    for words in (
        "At least 3 days lie between two contacts, 7 days before a milder message",
        "from 09:00 to 17:00, their time", "There is no daily cap.", "Interest is not claimed.",
        "A promise may lie 14 days ahead, 30 days with approval by the manager",
    ):  # fmt: skip
        assert words in said


def test_a_policy_there_is_not_says_so(owing: Scope) -> None:
    """An unknown name or version is not found, on every page."""
    client = client_of(owing)
    for path in ("/policy/none", "/policy/none/edit", "/policy/none/effect",
                 "/policy/classic?version=2", "/policy/classic?version=0"):  # fmt: skip
        assert client.get(path).status_code == 404


def test_pages_ask_the_database_as_often_for_many_policies(owing: Scope) -> None:
    """Nine more policies, drafts and versions cost no query more."""
    client = client_of(owing)
    counts = []
    for round_ in ("a", "b"):
        read._kept.clear()  # what is kept from before is asked about, and need not be read
        with CaptureQueriesContext(connection) as caught:
            page(client, "/policy")
            page(client, "/policy/classic")
        counts.append(len(caught))
        for n in range(9):
            drafting.copy(owing, "classic", f"house-{round_}-{n}", now=NOW)
            drafting.published(
                owing, drafting.opened(owing, f"house-{round_}-{n}"), moves=True, now=NOW
            )
            drafting.copy(owing, "classic", f"draft-{round_}-{n}", now=NOW)
    assert counts[0] == counts[1]


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", authority.ROLES)
def test_each_role_writes_policies_or_reads_them(owing: Scope, role: str) -> None:
    """Everybody reads; only those with the right see a form, open a draft or change anything."""
    client = by(owing, "eva", role)
    may = authority.may({role}, "policy")
    for path in READ:
        assert ("<form" in page(client, path)) is may
    for path in WRITE:
        assert client.get(path).status_code == (200 if may else 403)
    if not may:
        for path in (*WRITE, *DONE, *READ):
            assert client.post(path, {"text": "policy: x", "new": "x-1"}).status_code == 403
        with tx.reading(owing):
            assert not models.PolicyDraft.objects.filter(organisation_id=owing.organisation_id)


def test_a_form_from_elsewhere_changes_no_policy(owing: Scope) -> None:
    """Without the token of a page of ours nothing is kept, published or assigned."""
    client = client_of(owing)
    client.handler.enforce_csrf_checks = True
    for path in ("/policy", "/policy/classic", *WRITE, *DONE):
        assert client.post(path, {"text": "policy: x"}).status_code == 403
    assert drafting.kept(owing) == []


def test_what_only_a_form_may_do_is_no_address(owing: Scope) -> None:
    """Throwing away, going on and checking are not done by following a link."""
    for path in DONE:
        assert client_of(owing).get(path).status_code == 404


# --- a number ---------------------------------------------------------------------------------


def test_a_number_is_changed_its_effect_read_and_published(owing: Scope) -> None:
    """From the number to the next proposal: each page says what the next one then does."""
    client = client_of(owing)
    assert steps(owing)["C-3"] == "first_reminder"
    said = number(client, f"{FIRST}.day", "5")
    assert "Step first reminder opens on day 5 instead of 1" in said
    assert "day: 1, wait: 7" in said
    assert "day: 5, wait: 7" in said
    post(client, "/policy/classic/effect", on=TODAY.isoformat())
    shown = page(client, "/policy/classic/effect")
    assert "this sends to 4 cases; with your change to 2: 2 would hear nothing any more" in seen(
        shown
    )
    assert {"C-3", "C-4"} == set(re.findall(r'data-customer="([^"]+)"', shown))
    assert 'href="/customers/C-3"' in shown
    assert "first reminder for R-3 opens on 4 March 2026" in seen(shown)
    assert steps(owing)["C-3"] == "first_reminder", "nothing holds before it is published"
    confirm = seen(page(client, "/policy/classic/publish"))
    assert "Publishing makes version 2 of classic" in confirm
    assert "it sends to 2 instead of 4" in confirm
    done = post(client, "/policy/classic/publish", moves="yes")
    assert done["Location"] == "/policy/classic"
    shown = page(client, "/policy/classic")
    assert "Version 2, published 2 Mar by anna." in seen(shown)
    assert "Step first reminder opens on day 5 instead of 1" in shown
    assert set(steps(owing)) == {"C-12", "C-40"}
    with tx.reading(owing):
        event = models.Event.objects.filter(
            organisation_id=owing.organisation_id, verb="policy_published"
        ).latest("pk")
    assert (event.actor, '"version":2' in event.refs.replace(" ", "")) == ("anna", True)
    assert drafting.kept(owing) == []


def test_what_is_no_number_changes_nothing_and_is_not_lost(owing: Scope) -> None:
    """The page says which field, what was found and what would do, and keeps what was typed."""
    client = client_of(owing)
    for typed, want in (("soon", "a whole number"), ("1.5", "a whole number"), ("-1", "a whole"),
                        ("", "a whole number"), ("Infinity", "a whole number")):  # fmt: skip
        said = number(client, f"{FIRST}.day", typed, status=409)
        assert f"Day of first reminder: found {typed!r}; want {want}" in html.unescape(said)
        assert f'name="{FIRST}.day" value="{typed}"' in said
    assert drafting.kept(owing) == []


def test_a_number_that_is_another_by_now_is_not_overwritten(owing: Scope) -> None:
    """Where the text says something else than the page showed, nothing is changed."""
    client = client_of(owing)
    number(client, f"{FIRST}.day", "5")
    said = number(client, f"{FIRST}.day", "6", was="1", status=409)
    assert "is 5 by now and not 1, so nothing was changed" in said
    assert "day: 5," in text_of(client)


def test_the_same_numbers_change_nothing(owing: Scope) -> None:
    """Sending the page as it was makes no draft."""
    said = number(client_of(owing), f"{FIRST}.day", "1")
    assert "nothing was changed" in said
    assert drafting.kept(owing) == []


def test_a_limit_not_written_yet_is_written_and_taken_back(owing: Scope) -> None:
    """A cap where none stood gets a line of its own; emptied, there is none again."""
    client = client_of(owing)
    said = number(client, "settings.daily_cap", "40")
    assert "The daily cap of cases is 40 instead of none" in said
    assert "# The classic ladder" in text_of(client), "comments stay"
    said = number(client, "settings.daily_cap", "")
    assert "Nothing: it does what classic version 1 does." in seen(said)


@pytest.mark.parametrize("name", ["classic", "net30"])
def test_every_number_of_a_policy_can_be_changed_alone(name: str) -> None:
    """Whichever it is: one line is otherwise, all comments stand, and the document says so."""
    text = policies.built_in_text(name)
    document = policies.load(text, file=name).document
    for one in limits.numbers(document).values():
        value = int((one.value or 0) + 1)
        made = policies.mend.mend(text, one.place, value)
        after = policies.load(made, file=name).document
        changed = policies.mend.lines(text, made)
        assert len(changed) == 1, (one.key, changed)
        if after is None:  # a plan of 7 instalments, or a due-date notice on day 1: refused
            assert one.key.endswith((".instalments_max", ".day"))
            continue
        assert drafting.value_at(after, one.place) == Decimal(value)
        assert [x for x in text.splitlines() if "#" in x] == [
            x for x in made.splitlines() if "#" in x
        ]


# --- the text ---------------------------------------------------------------------------------


def test_a_text_with_an_error_is_kept_and_its_place_named(owing: Scope) -> None:
    """Line, column, what stands there, what was found, what would do; it cannot be published."""
    client = client_of(owing)
    text = text_of(client).replace("tone: urgent", "tone: nice")
    said = main_of(post(client, "/policy/classic/edit", 200, text=text).content.decode())
    assert "line 25, column 46" in said
    assert "Found nice. What would do: &#x27;friendly&#x27;" in said
    assert text_of(client) == text
    confirm = page(client, "/policy/classic/publish")
    assert "There is an error" in confirm or "nothing to publish" in confirm
    late = post(client, "/policy/classic/publish", 409, moves="yes")
    assert "has an error" in late.content.decode()
    assert len(publish.documents(owing, "classic")) == 1


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("policy: [", "line 1, column", "Found"), ("- a", "line 1, column 1", "a policy document"),
        ("", "line 1, column 1", "a policy document"),
        (policies.built_in_text("classic").replace("key-account, high", "nope, high"),
         "line 5, column 11", "include unknown"),
        ("a: &a [1]\n" + "b: [" + "*a, " * 30 + "]", "line 1", "at most 20 aliases"),
        ("[" * 3000, "line 1", "40 levels"),
    ],
)  # fmt: skip
def test_whatever_is_typed_gets_an_answer(owing: Scope, text: str, place: str, found: str) -> None:
    """What is no policy at all is said kindly too, and every page of the draft still opens."""
    client = client_of(owing)
    said = html.unescape(post(client, "/policy/classic/check", 200, text=text).content.decode())
    assert place in said
    assert found in said
    assert drafting.opened(owing, "classic").text == text
    for path in WRITE:
        page(client, path)


def test_a_text_is_checked_and_kept_as_it_is_typed(owing: Scope) -> None:
    """The part that answers holds findings and changes; whoever comes back finds the text."""
    client = client_of(owing)
    text = text_of(client).replace("day: 15", "day: 12")
    said = post(client, "/policy/classic/check", 200, text=text).content.decode()
    assert said.strip().startswith('<div id="read"')
    assert "final_notice says day 12 and comes on day 15" in said
    assert "Step final notice opens on day 12 instead of 15" in said
    assert text_of(client) == text
    assert "Being written" in page(client, "/policy")
    post(client, "/policy/classic/drop")
    assert "day: 15" in text_of(client)


def test_a_text_too_long_is_not_kept_and_not_lost(owing: Scope) -> None:
    """It comes back with a word; the draft before it stands."""
    client = client_of(owing)
    long = "# " + "x" * drafting.MOST
    said = post(client, "/policy/classic/edit", 422, text=long).content.decode()
    assert "at most 200,000 characters" in said
    assert long in said
    assert drafting.kept(owing) == []


def test_words_in_a_text_stay_words(owing: Scope) -> None:
    """What somebody wrote into a policy is text on every page."""
    client = client_of(owing)
    bad = "policy: <script>alert(1)</script>"
    said = post(client, "/policy/classic/check", 200, text=bad).content.decode()
    assert "<script>" not in said
    assert "<script>alert" not in page(client, "/policy/classic/edit")


def test_comments_go_from_version_to_version(owing: Scope) -> None:
    """The text that was published is the one the next writer begins from."""
    client = client_of(owing)
    text = text_of(client).replace("day: 15\n", "day: 16  # Easter comes late\n")
    post(client, "/policy/classic/edit", 200, text=text)
    post(client, "/policy/classic/publish", moves="yes")
    eva = by(owing, "eva")
    assert text_of(eva) == text
    assert drafting.kept(owing) == []


def test_a_draft_belongs_to_its_writer(owing: Scope) -> None:
    """Two people write at one policy without meeting; each sees that the other does."""
    anna, eva = client_of(owing), by(owing, "eva")
    number(anna, f"{FIRST}.day", "5")
    assert "day: 1," in text_of(eva)
    number(eva, f"{FIRST}.day", "6")
    assert "day: 5," in text_of(anna)
    assert "by anna" in seen(page(eva, "/policy"))


# --- somebody else was quicker ----------------------------------------------------------------


def test_published_meanwhile_keeps_the_draft_and_says_so(owing: Scope) -> None:
    """The later writer learns what the other changed, publishes nothing over it, then goes on."""
    anna, eva = client_of(owing), by(owing, "eva")
    number(eva, f"{FIRST}.wait", "9")
    number(anna, f"{FIRST}.day", "5")
    post(anna, "/policy/classic/publish", moves="yes")
    late = post(eva, "/policy/classic/publish", 409, moves="yes").content.decode()
    assert "Version 2 was published meanwhile" in late
    assert "Step first reminder opens on day 5 instead of 1" in late
    assert "wait: 9" in text_of(eva), "the draft is kept"
    assert "opens on day 1 instead of 5" in page(eva, "/policy/classic/edit")
    assert len(publish.documents(owing, "classic")) == 2
    post(eva, "/policy/classic/go-on", base="2")
    number(eva, f"{FIRST}.day", "5")
    post(eva, "/policy/classic/publish", moves="yes")
    newest = publish.documents(owing, "classic")[-1].cadences["classic"].steps[0]
    assert (newest.day, newest.wait) == (5, 9)


def test_a_page_older_than_the_newest_version_overwrites_nothing(owing: Scope) -> None:
    """A text or number sent from a page opened before the other published is held back."""
    anna, eva = client_of(owing), by(owing, "eva")
    old = text_of(eva)
    fields = dict(
        re.findall(r'name="([^"]+)" value="([^"]*)"', page(eva, "/policy/classic/numbers"))
    )
    number(anna, f"{FIRST}.day", "5")
    post(anna, "/policy/classic/publish", moves="yes")
    response = eva.post("/policy/classic/numbers", fields | {f"{FIRST}.wait": "9"})
    assert response.status_code == 409
    assert "version 2 was published meanwhile" in response.content.decode().lower()
    mine = old.replace("wait: 7", "wait: 9", 1)
    post(eva, "/policy/classic/edit", 200, text=mine, base="1")
    assert "Version 2 was published meanwhile" in page(eva, "/policy/classic/edit")
    post(eva, "/policy/classic/publish", 409, moves="yes")
    assert text_of(eva) == mine


# --- the effect -------------------------------------------------------------------------------


def test_lists_of_an_effect_add_up(owing: Scope) -> None:
    """What is new, falls away or is otherwise: each number opens as many lines."""
    client = client_of(owing)
    text = text_of(client)
    text = text.replace("day: 1, wait: 7", "day: 5, wait: 7, template: second_notice")
    post(client, "/policy/classic/edit", 200, text=text)
    post(client, "/policy/classic/effect", on=(TODAY + DAY).isoformat())
    shown = page(client, "/policy/classic/effect")
    doors = re.findall(r'href="(/policy/classic/effect\?list=\w+)"[^>]*>([\d,]+)<', shown)
    assert {d.partition("=")[2] for d, _ in doors} == {"gone", "other"}
    total = 0
    for door, n in doors:
        rows = re.findall(r"data-customer=", page(client, door))
        assert len(rows) == int(n)
        total += len(rows)
    found = effect.read(owing, "classic", None, now=NOW).found
    assert total == len(found.changed)
    assert client.get("/policy/classic/effect?list=bad").status_code == 404


def test_who_would_hear_something_new_is_listed_with_why(owing: Scope, book: Book) -> None:
    """A reminder before the due date: those not due yet are new, each with its reason."""
    book.customers(customer("SOON", name="Soon Ltd"))
    book.items(invoice("R-S", 9_000, customer="SOON", due_on=TODAY + 3 * DAY))
    client = client_of(owing)
    step = "      - {id: pre_due, phase: pre_due, day: 3, wait: 3, actions: [{channel: email}]}\n"
    text = text_of(client).replace("    steps:\n", "    steps:\n" + step)
    post(client, "/policy/classic/edit", 200, text=text)
    post(client, "/policy/classic/effect", on=TODAY.isoformat())
    shown = page(client, "/policy/classic/effect")
    assert "1 hears something new" in seen(shown)
    assert "Soon Ltd" in shown
    assert "R-S is due 5 March 2026; this is its first step." in seen(shown)


def test_an_effect_is_worked_out_beside_the_pages_for_a_large_book(
    owing: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page says how far it is and can be left; when it is done, the same page shows it."""
    monkeypatch.setattr(effect, "SMALL", 0)
    waiting: list[Any] = []
    client = client_of(owing)
    client.defaults[server.STARTS] = waiting.append
    number(client, f"{FIRST}.day", "5")
    post(client, "/policy/classic/effect")
    assert "looks." in page(client, "/policy/classic/effect")
    moving = client.get("/policy/classic/progress")
    assert b'hx-trigger="every 1s"' in moving.content
    assert f"of about {2 * len(LATE)} looks" in seen(moving.content.decode())
    (work,) = waiting
    work()
    assert client.get("/policy/classic/progress")["HX-Redirect"] == "/policy/classic/effect"
    assert "with your change to 2" in seen(page(client, "/policy/classic/effect"))
    number(client, f"{FIRST}.day", "6")
    assert "says something else since" in page(client, "/policy/classic/effect")
    assert "not looked at yet" in page(client, "/policy/classic/publish")


def test_an_effect_nobody_works_at_any_more_is_told_as_such(
    owing: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that died is seen after two minutes, and one that failed says so."""
    monkeypatch.setattr(effect, "SMALL", 0)
    client = client_of(owing)
    client.defaults[server.STARTS] = lambda work: None
    number(client, f"{FIRST}.day", "5")
    post(client, "/policy/classic/effect")
    late = client_of(owing, at=NOW + effect.LOST + DAY)
    assert "Nobody works on it any more" in page(late, "/policy/classic/effect")
    monkeypatch.setattr(effect, "SMALL", 100)
    monkeypatch.setattr(publish, "preview", lambda *_, **__: 1 / 0)
    post(client, "/policy/classic/effect")
    assert "could not be worked out: a fault of ours (ZeroDivisionError)" in seen(
        page(client, "/policy/classic/effect")
    )


def test_an_effect_given_up_for_a_newer_one_says_nothing(owing: Scope) -> None:
    """Two asked for one after the other: the first, ending last, is not taken for the second."""
    whole = publish.current_document(owing, "classic")
    given = {"as_of": TODAY, "now": NOW}
    first = effect.begin(owing, "classic", whole, **given)
    second = effect.begin(owing, "classic", whole, **given)
    effect.find(owing, first, whole, as_of=TODAY, clock=lambda: NOW)
    assert effect.read(owing, "classic", whole, now=NOW).state == "running"
    effect.find(owing, second, whole, as_of=TODAY, clock=lambda: NOW)
    assert effect.read(owing, "classic", whole, now=NOW).state == "done"


def test_an_effect_is_shown_for_the_run_that_comes_next(owing: Scope) -> None:
    """Today, until its run has been made; then tomorrow; or the day somebody names."""
    client = client_of(owing)
    assert f'value="{TODAY}"' in page(client, "/policy/classic/effect")
    look.record(owing, look.propose(owing, as_of=TODAY), mode="run", now=NOW)
    assert f'value="{TODAY + DAY}"' in page(client, "/policy/classic/effect")
    for bad in ("soon", "2099-01-01"):
        said = post(client, "/policy/classic/effect", 409, on=bad).content.decode()
        assert "is no day" in said or "too far away" in said


def test_an_effect_asks_the_database_as_often_for_many_cases(owing: Scope, book: Book) -> None:
    """Eighty more lines cost no query more."""
    client = client_of(owing)
    number(client, f"{FIRST}.day", "50")
    counts = []
    for n in (0, 80):
        book.customers(*(customer(f"M-{k}") for k in range(n)))
        book.items(
            *(invoice(f"M-{k}", customer=f"M-{k}", due_on=TODAY - 4 * DAY) for k in range(n))
        )
        post(client, "/policy/classic/effect", on=TODAY.isoformat())
        page(client, "/policy/classic/effect")  # read once, then kept
        with CaptureQueriesContext(connection) as caught:
            shown = page(client, "/policy/classic/effect")
        counts.append(len(caught))
    assert shown.count("data-customer=") == 84
    assert counts[0] == counts[1]


# --- stories ----------------------------------------------------------------------------------


def test_stories_are_told_under_the_draft(owing: Scope) -> None:
    """A story holds as published, and says line and reason where the draft breaks it."""
    client = client_of(owing)
    post(client, "/policy/classic/stories", do="keep", story="First word", text=STORY)
    shown = page(client, "/policy/classic/stories")
    assert "1 story is kept with classic" in seen(shown)
    assert "Does not hold" not in shown
    assert "1 of 1 hold" in page(client, "/policy/classic/publish")
    number(client, f"{FIRST}.day", "5")
    shown = seen(page(client, "/policy/classic/stories"))
    assert "Does not hold" in shown
    assert "First word:2: Tue 2026-03-03: expected `act first_reminder friendly`" in shown
    assert "opens on 7 March 2026" in shown
    assert "0 of 1 hold" in page(client, "/policy/classic/publish")
    assert STORY.splitlines()[0] in page(client, "/policy/classic/stories?story=First%20word")
    post(client, "/policy/classic/stories", do="drop", story="First word")
    assert "A story is a calendar" in page(client, "/policy/classic/stories")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STORY, "Holds"), ("tomorrow\n", "tomorrow"), ("", "no expectation"),
        ("policy /etc/passwd\n" + STORY, "Holds"),
        ("2000-01-01 invoice A-1 EUR 3.00 due 2000-01-02\n2026-01-01 expect nothing", "at most"),
        ("9999-12-31 expect nothing", "beyond the end of the calendar"),
    ],
)  # fmt: skip
def test_a_story_is_tried_without_being_kept(owing: Scope, text: str, said: str) -> None:
    """It is told and comes back with what was typed; nothing but its lines is read."""
    client = client_of(owing)
    shown = main_of(
        post(client, "/policy/classic/stories", 200, do="tell", story="x", text=text)
        .content.decode()
    )  # fmt: skip
    assert said in html.unescape(shown)
    assert text in html.unescape(shown)
    assert "root:" not in shown
    assert drafting.stories(owing, "classic") == []


def test_a_story_that_does_not_do_is_not_lost(owing: Scope) -> None:
    """Without a name, or without end, it is not kept and comes back."""
    client = client_of(owing)
    for story, text, said in (("", STORY, "short name"), ("x", " ", "some lines"),
                              ("x", "a" * 20_001, "20,000")):  # fmt: skip
        shown = post(
            client, "/policy/classic/stories", 422, do="keep", story=story, text=text
        ).content.decode()
        assert said in shown
        assert text in shown


# --- publishing -------------------------------------------------------------------------------


def test_running_cases_move_or_keep_their_version(owing: Scope) -> None:
    """It is said before and after; those who keep theirs are decided by it."""
    look.record(owing, look.propose(owing, as_of=TODAY), mode="run", now=NOW)
    client = client_of(owing, at=instant(TODAY + DAY))
    number(client, "cadences.classic.steps[1].day", "20")
    assert "4 running cases move to it with the next run" in seen(
        page(client, "/policy/classic/publish")
    )
    done = post(client, "/policy/classic/publish", moves="no")
    said = client.get(done["Location"]).content.decode()
    assert "Version 2 of classic is published; running cases keep the version they have." in said
    assert "running cases kept theirs" in said


def test_a_draft_that_does_nothing_otherwise_is_not_published(owing: Scope) -> None:
    """A comment alone makes no version; the draft is kept, and the page says so."""
    client = client_of(owing)
    post(client, "/policy/classic/edit", 200, text=text_of(client) + "# a thought\n")
    shown = page(client, "/policy/classic/publish")
    assert "there is nothing to publish" in shown
    assert "<form" not in shown
    done = post(client, "/policy/classic/publish", moves="yes")
    said = client.get(done["Location"]).content.decode()
    assert "published like that already, as version 1; your draft is kept" in said
    assert "# a thought" in text_of(client)


def test_a_new_policy_is_begun_published_and_walked(owing: Scope) -> None:
    """From a copy to an entity that walks it; its name stands in the text."""
    client = client_of(owing)
    done = post(client, "/policy/classic", new="house-uk")
    assert done["Location"] == "/policy/house-uk/edit"
    assert "policy: house-uk" in text_of(client, "house-uk")
    assert client.get("/policy/house-uk")["Location"] == "/policy/house-uk/edit"
    shown = seen(page(client, "/policy/house-uk/publish"))
    assert "Publishing makes version 1 of house-uk; nobody uses it" in shown
    post(client, "/policy/house-uk/publish", moves="yes")
    assert "Nobody uses it." in page(client, "/policy/house-uk")
    done = post(client, "/policy", entity="MAIN", policy="house-uk")
    said = client.get(done["Location"]).content.decode()
    assert "MAIN uses house-uk from its next run on" in said
    assert look.propose(owing, as_of=TODAY).policy == "house-uk"
    with tx.reading(owing):
        assert models.Event.objects.filter(
            organisation_id=owing.organisation_id, verb="policy_assigned"
        ).exists()  # fmt: skip


@pytest.mark.parametrize(
    ("new", "said"), [("House", "no name of a policy"), ("net30", "is there already")]
)
def test_a_name_that_does_not_do_comes_back(owing: Scope, new: str, said: str) -> None:
    """The page says why, and keeps what was typed."""
    shown = post(client_of(owing), "/policy/classic", 409, new=new).content.decode()
    assert said in shown
    assert f'value="{new}"' in shown


def test_a_text_cannot_take_the_name_of_another_policy(owing: Scope) -> None:
    """A draft of one policy that calls itself another is not published over that."""
    client = client_of(owing)
    text = text_of(client).replace("policy: classic", "policy: net30")
    post(client, "/policy/classic/edit", 200, text=text)
    said = post(client, "/policy/classic/publish", 409, moves="yes").content.decode()
    assert "net30, which is there already" in said
    assert len(publish.documents(owing, "net30")) == 1


def test_an_entity_or_policy_there_is_not_cannot_be_assigned(owing: Scope) -> None:
    """The page says which is unknown; nobody walks anything else."""
    client = client_of(owing)
    for entity, policy in (("NONE", "classic"), ("MAIN", "nope")):
        post(client, "/policy", 409, entity=entity, policy=policy)
    assert look.propose(owing, as_of=TODAY).policy == "classic"


def test_a_draft_that_is_published_by_hand_is_refused_with_its_line(owing: Scope) -> None:
    """The verb behind the page names line, finding and what would do."""
    text = publish.text(owing, "classic").replace("include: [key-account, high-risk]\n", "")
    draft = drafting.keep(owing, "classic", text, base_n=1, now=NOW)
    with pytest.raises(Refused, match="line 1"):
        drafting.published(owing, draft, moves=True, now=NOW)
