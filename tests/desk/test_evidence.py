"""The evidence file: whole, in order, one customer's alone, and verifiable without Dunwell."""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import itertools
import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casework_of_measures import connect, grant, send
from evening import DAY, Evening, at, contacted
from lived import END, SECRETS, lived

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery.evidence import archive, page, verify
from dunwell.desk import (
    approve,
    call,
    deliveries,
    dispute,
    evidence,
    found,
    hold,
    plan,
    trail,
    upload,
)
from dunwell.store import models, personal, tx
from dunwell.store.lists import evidence as rows
from helpers import NOW, TODAY, Book, customer, invoice, payment
from other_system import listening

Files = dict[str, bytes]
ROOT = Path(__file__).parents[2]
_kept: list[evidence.Made] = []


@pytest.fixture
def case(request: pytest.FixtureRequest) -> evidence.Made:
    """C-1's file on the last day of the whole case, lived through once for all who read it."""
    if not _kept:
        scope, book, home = map(request.getfixturevalue, ("scope", "book", "home"))
        lived(scope, book, home)
        _kept.append(evidence.make(scope, "C-1", as_of=END, now=at(END, 20)))
    return _kept[0]


@pytest.fixture
def files(case: evidence.Made) -> Files:
    """The files of its archive."""
    return unpacked(case)


def unpacked(made: evidence.Made) -> Files:
    """Return the files of an archive."""
    with zipfile.ZipFile(io.BytesIO(made.archive)) as packed:
        return {n: packed.read(n) for n in packed.namelist()}


def written(files: Files, folder: Path) -> Path:
    """Write files to a folder, as whoever unpacks the archive has them."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def checked(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a folder, with Python alone: no site packages, no Dunwell."""
    return subprocess.run(
        [sys.executable, "-I", "-S", folder / "verify.py", *words],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip


def named_anew(files: Files) -> Files:
    """Make a new manifest, as somebody would who wants to hide a change."""
    named = {n: hashlib.sha256(d).hexdigest() for n, d in files.items() if n != "manifest.json"}
    old = json.loads(files["manifest.json"])
    return files | {"manifest.json": json.dumps(old | {"files": named}).encode()}


def entries(files: Files) -> list[dict[str, Any]]:
    """Return what happened, as the archive tells it."""
    return json.loads(files["chronology.json"])["entries"]  # type: ignore[no-any-return]


# --- whole, and in order ----------------------------------------------------------------------


def test_a_whole_case_is_verified_without_dunwell(
    scope: Scope, book: Book, home: Path, tmp_path: Path
) -> None:
    """Everything a case can hold is in it, in the order of days, and the script says OK."""
    lived(scope, book, home)
    made = evidence.make(scope, "C-1", as_of=END, now=at(END, 20))
    _kept[:] = [made]
    files = unpacked(made)
    done = checked(written(files, tmp_path / "file"))
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.endswith("OK\n")
    assert "12 messages are the ones that were sent" in done.stdout
    told = entries(files)
    assert [e["on"] for e in told] == sorted(e["on"] for e in told)
    timed = [(e["on"], e["at"]) for e in told if e["at"]]
    assert timed == sorted(timed), "and of times within a day"
    assert {e["kind"] for e in told} >= {
        "case_opened", "act", "silence", "message", "payment", "reversal", "correction", "call",
        "note", "reply", "stop_opened", "dispute_opened", "dispute_decided", "promise_made",
        "promise_ended", "granted", "refused", "checklist", "placement", "task",
    }  # fmt: skip
    order = [(e["on"], e["kind"]) for e in told if e["said"].get("what") == "placement"]
    assert order == [("2026-05-05", "asked"), ("2026-05-05", "granted")]
    sent = {e["said"]["key"] for e in told if e["kind"] == "message"}
    with tx.reading(scope):
        actions = models.Action.objects.filter(
            organisation_id=scope.organisation_id, customer__reference="C-1"
        ).exclude(channel="call")
        assert sent == set(actions.filter(state="sent").values_list("key", flat=True))


def test_every_message_stands_with_its_receipt_and_its_bytes(files: Files) -> None:
    """What the server or the file outbox answered, when, and the message itself."""
    receipts = json.loads(files["receipts.json"])
    assert len(receipts) == 12
    for one in receipts:
        (answer,) = one["receipts"]
        assert (answer["kind"], one["state"]) == ("written", "sent")
        assert answer["message_sha256"] == hashlib.sha256(files[one["file"]]).hexdigest()
        assert one["file"].startswith(f"messages/{answer['at'][:10]}-{one['key']}.")
    assert {n.rpartition(".")[2] for n in files if n.startswith("messages/")} == {"eml", "pdf"}


def test_what_people_said_stands_in_their_words(files: Files) -> None:
    """Notes, answers and calls are told whole, each under the chain."""
    words = {v for e in entries(files) for _, v in e["words"]}
    assert words >= {
        "Ms Zoë says two boxes were missing", "a visit is planned for Friday",
        "The delivery note of 3 February shows all boxes, signed by Ms Zoë.",
        "Spoke to Ms Zoë, who will pay R-1 in full",
        "Their landlord called: the shop is closing?", "by mail, half of it",
        "went there, nobody opened", "We cannot pay before May. We will write again.",
    }  # fmt: skip
    texts = [json.loads(line) for line in files["personal.jsonl"].splitlines()]
    committed = {
        row[5]
        for name in files
        if name.startswith("events/")
        for row in map(json.loads, files[name].splitlines())
        if isinstance(row, list)
    }
    assert {t["commitment"] for t in texts} <= committed


def test_silence_is_told_as_stretches_with_their_reasons(files: Files) -> None:
    """Each stretch of days on which nothing was sent has the sentence that says why."""
    silent = [e for e in entries(files) if e["kind"] == "silence"]
    why = " ".join(e["said"]["why"] for e in silent)
    for sentence in ("A promise covers everything overdue", "No step is due",
                     "The overdue items are placed"):  # fmt: skip
        assert sentence in why
    for one, following in itertools.pairwise(silent):
        assert one["said"]["until_on"] is None or one["said"]["until_on"] < following["on"]
    assert silent[-1]["said"]["until_on"] == END.isoformat()


def test_the_statement_adds_up(files: Files) -> None:
    """Each item's lines lead from its amount to what is open; what was paid in time is left out."""
    (*lines,) = csv.DictReader(io.StringIO(files["statement.csv"].decode()))
    last = {x["number"]: x["open_after"] for x in lines}
    assert last == {"R-1": "780.00", "R-2": "200.00"}
    assert [(x["on"], x["what"], x["amount"]) for x in lines if x["number"] == "R-2"] == [
        ("2026-02-01", "issued", "400.00"), ("2026-03-17", "payment", "-400.00"),
        ("2026-03-20", "returned", "400.00"), ("2026-04-15", "payment", "-200.00"),
    ]  # fmt: skip
    about = json.loads(files["chronology.json"])["about"]
    assert about["owed"] == [{"currency": "EUR", "owed_minor": 98_000, "overdue_minor": 98_000}]


def test_the_document_can_be_read(files: Files) -> None:
    """It is a PDF/A with the whole case in it: who owes whom, each message, the head."""
    data = files["evidence.pdf"]
    assert data.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>3</pdfaid:part>" in data
    pages = page.pages_of(data)
    assert pages[0].startswith("<svg")
    assert len(pages) > 20


# --- one changed byte -------------------------------------------------------------------------

KINDS = (
    "evidence.pdf", "statement.csv", "chronology.json", "receipts.json", "messages/", "events/",
    "decisions/", "personal.jsonl", "seals.jsonl", "README.txt", "verify.py", "manifest.json",
)  # fmt: skip


def flipped(data: bytes, place: int) -> bytes:
    """Change one bit of one byte."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_byte_is_found_in_any_file(files: Files, kind: str) -> None:
    """At its beginning, in its middle, at its end: the check names the file."""
    assert {n for n in files if not n.startswith(KINDS)} == set(), "a kind that is not tried"
    assert verify.check(files)
    for name in [n for n in files if n.startswith(kind)][:3]:
        for place in (0, len(files[name]) // 2, len(files[name]) - 1):
            with pytest.raises(verify.Problem) as problem:
                verify.check(files | {name: flipped(files[name], place)})
            assert name in str(problem.value) or kind == "manifest.json"


def swapped(name: str, old: bytes, new: bytes) -> Callable[[Files], Files]:
    """Return the change that puts other words into the first file of a kind that has the old."""

    def change(files: Files) -> Files:
        target = next(n for n in files if n.startswith(name) and old in files[n])
        return files | {target: files[target].replace(old, new, 1)}

    return change


def without(name: str) -> Callable[[Files], Files]:
    """Return the change that takes the first file of a kind away."""

    def change(files: Files) -> Files:
        target = next(n for n in sorted(files) if n.startswith(name))
        return {n: d for n, d in files.items() if n != target}

    return change


HIDDEN = {
    "message": (swapped("messages/", b"Dear", b"Deer"), "is not what was sent"),
    "message gone": (without("messages/"), "is missing"),
    "who": (swapped("events/", b'"ben"', b'"Ben"'), "not the one that was sealed"),
    "what": (swapped("events/", b'"refused"', b'"granted"'), "not the one that was sealed"),
    "digest": (swapped("events/", b'\n"', b'\n"0'), "not the one that was sealed"),
    "decision": (swapped("decisions/", b'"', b'"0'), "commits to"),
    "decisions gone": (without("decisions/"), "commits to"),
    "text": (swapped("personal.jsonl", b'"body":"', b'"body":"QUFB'), "commitment is of"),
    "text gone": (lambda f: f | {"personal.jsonl": b""}, "is missing"),
    "seal": (swapped("seals.jsonl", b",2,", b",3,"), "does not follow"),
    "rests": (swapped("chronology.json", b'"events": [\n', b'"events": [\n999999,'), "rests on"),
    "receipt": (
        swapped("receipts.json", b'"message_sha256": "', b'"message_sha256": "0'),
        "of another message",
    ),
}


@pytest.mark.parametrize("what", HIDDEN)
def test_a_change_that_hides_behind_a_new_manifest_is_found(files: Files, what: str) -> None:
    """Who also rewrites the manifest is found by the chain: nothing under it can be changed."""
    change, says = HIDDEN[what]
    with pytest.raises(verify.Problem, match=says):
        verify.check(named_anew(change(files)))


def test_a_head_had_earlier_must_lie_on_the_chain(files: Files) -> None:
    """A chain made anew does not lead through what was printed or mailed at the time."""
    lines = files["seals.jsonl"].splitlines(keepends=True)
    earlier = hashlib.sha256(lines[4]).hexdigest()
    assert verify.check(files, earlier)
    with pytest.raises(verify.Problem, match="no seal of this chain"):
        verify.check(files, "0" * 64)


def test_what_the_readme_says_can_be_typed(files: Files, tmp_path: Path) -> None:
    """Each command of README.txt gives what stands under it."""
    folder = written(files, tmp_path / "file")
    text = files["README.txt"].decode()
    typed = re.findall(r"^  (\S.* \| sha256sum|sha256sum .+)\n    ([0-9a-f]{64})$", text, re.M)
    assert len(typed) == 3
    for command, hexadecimal in typed:
        done = subprocess.run(
            ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True
        )
        assert done.stdout.split()[0] == hexadecimal
    (line,) = re.findall(r"^  (python3 -c '.+')$", text, re.M)
    words = shlex.split(line)
    done = subprocess.run([sys.executable, *words[1:]], cwd=folder, capture_output=True, text=True,
                          check=True)  # fmt: skip
    assert set(json.loads(done.stdout.lower())) == {True}
    again = re.findall(r"^  python3 verify.py \. ([0-9a-f]{64})$", text, re.M)
    assert checked(folder, ".", *again).stdout.endswith("OK\n")


# --- one customer alone -----------------------------------------------------------------------


def test_nothing_of_another_customer_is_in_it(case: evidence.Made, files: Files) -> None:
    """No word, amount, reference or message of C-2, who stands in the same imports and runs."""
    whole = b"\n".join(d for n, d in files.items() if not n.endswith(".pdf"))
    shown = json.dumps(page.shown(case.case), ensure_ascii=False)
    assert b"Ms Zo" in whole, "not blind"
    assert "Ms Zoë says two boxes were missing" in shown, "not blind"
    for secret in (*SECRETS, "C-2"):
        assert secret.encode() not in whole, secret
        assert secret not in shown
    batches = [n for n in files if n.startswith("decisions/")]
    both = [n for n in batches if b'\n"' in files[n] or files[n].startswith(b'"')]
    assert both, "a night decided both, and C-2's decision is a digest"


def test_what_is_hashed_of_others_cannot_be_guessed(evening: Evening, book: Book) -> None:
    """The digest of another's event is salted: knowing all the event says does not give it."""
    book.customers(customer("C-2"))
    for who in ("C-1", "C-2"):
        hold.open_hold(evening.scope, who, items=[], amount_minor=None, on=TODAY, until=None,
                       reason="asked", now=at(TODAY + DAY))  # fmt: skip
    files = unpacked(made_on(evening, TODAY + DAY))
    with tx.reading(evening.scope):
        other = models.Event.objects.filter(
            organisation_id=evening.scope.organisation_id, verb="stop_opened"
        ).last()
        assert other is not None
        said = [other.pk, other.at.isoformat(timespec="microseconds"), other.actor, other.verb,
                other.refs, other.commitment]  # fmt: skip
        true = hashlib.sha256(_line(*said, _salt(other.seed)))
    guessed = hashlib.sha256(_line(*said, _salt("")))
    whole = b"".join(d for n, d in files.items() if n.startswith("events/"))
    assert f'"{true.hexdigest()}"'.encode() in whole
    assert guessed.hexdigest().encode() not in whole
    assert other.seed.encode() not in b"".join(files.values())


def _line(*cells: Any) -> bytes:
    return json.dumps(cells, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _salt(seed: str) -> str:
    return hashlib.sha256(f"{seed} event".encode()).hexdigest()[:32]


def test_another_organisation_is_a_world_of_its_own(evening: Evening, book: Book) -> None:
    """A customer of the same reference elsewhere is unknown here, and adds nothing."""
    before = evidence.make(evening.scope, "C-1", as_of=TODAY, now=NOW)
    other = found.run("beta", [found.NewEntity("MAIN", "EUR", "Europe/Berlin", "DE")],
                      by="ben", now=NOW)  # fmt: skip
    Book(other).customers(customer("C-1", name="Somebody else"), customer("C-9"))
    Book(other).items(invoice("B-1", 12_345))
    assert evidence.make(evening.scope, "C-1", as_of=TODAY, now=NOW).archive == before.archive
    with pytest.raises(Refused, match="no customer 'C-9'"):
        evidence.make(evening.scope, "C-9", as_of=TODAY, now=NOW)
    assert evidence.make(other, "C-1", as_of=TODAY, now=NOW).case.name == "Somebody else"


# --- erased, past days, families --------------------------------------------------------------


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 owes R-1, was reminded, and has a hold with a note on it."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1", due_on=TODAY - 10 * DAY))
    made = Evening(scope)
    made.look()
    made.send()
    hold.open_hold(
        scope, "C-1", items=[], amount_minor=None, on=TODAY + DAY, until=None, reason="asked",
        note="Mrs Lowry is ill", now=at(TODAY + DAY),
    )  # fmt: skip
    trail.seal(scope, now=at(TODAY + DAY))
    return made


def made_on(evening: Evening, day: Any, **said: Any) -> evidence.Made:
    """Make C-1's file in the evening of a day."""
    return evidence.make(evening.scope, "C-1", as_of=day, now=at(day, 20), **said)


def test_what_was_erased_is_said_to_be_erased(evening: Evening, tmp_path: Path) -> None:
    """Without its text and its message the file still verifies, and says what is gone."""
    scope = evening.scope
    with tx.transaction_of(scope):
        (action,) = models.Action.objects.filter(organisation_id=scope.organisation_id)
        personal.erase(scope, "stop", 1, at=NOW)
        personal.erase(scope, "action", action.pk, at=NOW)
    made = made_on(evening, TODAY + DAY)
    files = unpacked(made)
    done = checked(written(files, tmp_path / "file"))
    assert done.stdout.endswith("OK\n"), done.stdout
    assert "0 messages are the ones that were sent, 1 erased since" in done.stdout
    assert "0 texts are the ones the journal commits to, 1 erased since" in done.stdout
    assert b"Mrs Lowry" not in b"".join(files.values())
    assert set(made.case.erased) == {"action 1 (message)", "stop 1 (note)"}


def test_the_erasure_itself_must_stand_in_the_chain(evening: Evening) -> None:
    """A text that is merely left out is missing, not erased."""
    files = unpacked(made_on(evening, TODAY + DAY))
    assert verify.check(files)
    with pytest.raises(verify.Problem, match="is missing"):
        verify.check(named_anew(files | {"personal.jsonl": b""}))


def test_a_past_day_knows_nothing_of_what_came_after(evening: Evening, book: Book) -> None:
    """Neither payments nor notes nor events of later days are in it."""
    later = TODAY + 3 * DAY
    book.payments(payment("P-1", 4_000, on=later, items=[("R-1", None)]), as_of=later,
                  now=at(later))  # fmt: skip
    then, now = made_on(evening, TODAY), made_on(evening, later)
    assert [t.owed_minor for t in (*then.case.totals, *now.case.totals)] == [10_000, 6_000]
    assert {"stop_opened", "payment"} <= {e.kind for e in now.case.entries}
    assert {e.kind for e in then.case.entries} == {"case_opened", "act", "message"}
    assert max(e.at.date() for e in then.case.events) == TODAY
    assert b"Mrs Lowry" not in b"".join(unpacked(then).values())
    for one in (then, now):
        assert verify.check(unpacked(one))


def test_a_child_is_told_in_the_file_of_who_pays(scope: Scope, book: Book) -> None:
    """Its items stand there under its own name; a file of its own is refused."""
    book.customers(
        customer("C-1"), customer("C-1a", parent="C-1", pays_via_parent=True), customer("C-2")
    )
    book.items(invoice("R-1"), invoice("R-1a", 3_000, customer="C-1a"))
    made = evidence.make(scope, "C-1", as_of=TODAY, now=NOW)
    assert {(i.customer, i.number) for i in made.case.items} == {("C-1", "R-1"), ("C-1a", "R-1a")}
    with pytest.raises(Refused, match="dunwell evidence make C-1"):
        evidence.make(scope, "C-1a", as_of=TODAY, now=NOW)
    assert evidence.make(scope, "C-2", as_of=TODAY, now=NOW).case.totals == ()


def test_the_same_case_gives_the_same_bytes(evening: Evening) -> None:
    """Nothing in the file depends on when or where it is packed."""
    first, second = (made_on(evening, TODAY + DAY) for _ in range(2))
    assert first.archive == second.archive
    files = unpacked(first)
    assert archive.pack(files) == first.archive


def test_that_it_was_made_stands_in_the_journal(evening: Evening) -> None:
    """With the hash of its manifest; the next file shows that there was one before."""
    made = made_on(evening, TODAY + DAY)
    assert evidence.made_here(evening.scope, made.sha256) is None
    evidence.record(evening.scope, made, now=at(TODAY + DAY, 21))
    assert evidence.made_here(evening.scope, made.sha256) == at(TODAY + DAY, 21)
    again = made_on(evening, TODAY + DAY)
    assert [e.verb for e in again.case.events][-1] == "evidence_made"
    assert again.sha256 != made.sha256


def test_a_message_that_failed_is_told_too(scope: Scope, book: Book) -> None:
    """What did not arrive speaks for the customer, and stands with what the server answered."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", due_on=TODAY - 10 * DAY))
    evening = Evening(scope, refuses=["c-1@example.com"])
    evening.look()
    evening.send()
    made = evidence.make(scope, "C-1", as_of=TODAY, now=at(TODAY, 20))
    (failed,) = [e for e in made.case.entries if e.kind == "message_failed"]
    assert failed.said["receipts"][0]["evidence"].startswith("c-1@example.com: no such mailbox")
    found_ = verify.check(unpacked(made))
    assert failed.exhibit == 1, "the message is shown"
    assert any(x.startswith("0 messages are the ones that were sent, 1 more") for x in found_)


def test_what_a_person_says_arrived_is_told_as_that(scope: Scope, book: Book) -> None:
    """Its receipt is a person's word; the bytes are those that were handed over."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", due_on=TODAY - 10 * DAY))
    evening = Evening(scope, breaks=["c-1@example.com"])
    evening.look()
    evening.send()
    (key,) = [x.key for x in evening.outbox()]
    deliveries.close(scope, key, outcome="sent", on=TODAY, now=at(TODAY, 15))
    made = evidence.make(scope, "C-1", as_of=TODAY, now=at(TODAY, 20))
    (sent,) = [e for e in made.case.entries if e.kind == "message"]
    assert [r["kind"] for r in sent.said["receipts"]] == ["by_hand"]
    found_ = verify.check(unpacked(made))
    assert "1 messages are the ones that were sent" in found_


def test_what_came_with_a_dispute_is_in_it_and_proved(scope: Scope, book: Book) -> None:
    """The file under a name of ours, told with its dispute, and under the chain."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 20 * DAY))
    made = dispute.open_dispute(
        scope, "C-1", items=["R-1"], amount_minor=None, code="quantity", on=TODAY, now=NOW
    )
    picture = upload.check("C:\\photo.png", b"\x89PNG\r\n\x1a\nboxes")
    with tx.transaction_of(scope):
        upload.keep(scope, made, picture, now=NOW)
    trail.seal(scope, now=NOW)
    whole = evidence.make(scope, "C-1", as_of=TODAY, now=at(TODAY, 20))
    files = unpacked(whole)
    name = f"files/dispute-{made}.png"
    assert files[name] == picture.content
    (told,) = [e for e in whole.case.entries if e.kind == "dispute_opened"]
    assert told.said["file"] == name
    assert "2 texts are the ones the journal commits to" in verify.check(files)
    with pytest.raises(verify.Problem, match="files/dispute"):
        verify.check(files | {name: picture.content + b"!"})


def test_a_plan_is_told_with_its_instalments(scope: Scope, book: Book) -> None:
    """Who approved it, each instalment with its day, and how it ended."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 20 * DAY))
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    number = plan.open_plan(scope, "C-1", instalments=3, on=TODAY, now=NOW, note="by phone")
    (asked,) = approve.listed(scope)
    approve.approve(scope._replace(actor="cleo"), asked["key"], as_of=TODAY, now=NOW)
    plan.close_plan(scope, number, on=TODAY + DAY, now=at(TODAY + DAY))
    made = evidence.make(scope, "C-1", as_of=TODAY + DAY, now=at(TODAY + DAY, 20))
    (agreed,) = [e for e in made.case.entries if e.kind == "plan_made"]
    assert [amounts for _, amounts in agreed.said["instalments"]] == [[["EUR", 30_000]]] * 3
    assert (agreed.words, agreed.by) == ((("note", "by phone"),), "anna")
    kinds = [e.kind for e in made.case.entries]
    assert {"asked", "granted", "plan_made", "plan_ended"} <= set(kinds)
    shown = json.dumps(page.shown(made.case), ensure_ascii=False)
    assert "Payment plan over EUR\xa0900.00" in shown


def test_a_suspension_is_told_with_the_answer_of_the_other_system(
    scope: Scope, book: Book, home: Path
) -> None:
    """Proposed, approved, confirmed: the signed call that carried it is no call to a person."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 30 * DAY))
    book.take("history", contacted("R-1", "final_notice", TODAY - 15 * DAY))
    Evening(scope).look()
    said = call.Said(outcome="reached", on=TODAY)
    call.open_call(scope, "C-1", said._replace(contact="ap"), today=TODAY, now=at(TODAY, 9))
    with listening() as there:
        connect(scope, there, home)
        grant(scope, "suspension")
        assert send(scope, home).confirmed == 1
    made = evidence.make(scope, "C-1", as_of=TODAY, now=at(TODAY, 20))
    (measure,) = [e for e in made.case.entries if e.kind == "measure"]
    (spoken,) = [e for e in made.case.entries if e.kind == "call"]
    by_verb = {e.verb: e.id for e in made.case.events}
    assert {by_verb["measure_approved"], by_verb["hook_answered"]} <= set(measure.events)
    assert by_verb["hook_answered"] not in spoken.events
    assert [state for _, state in measure.said["confirmed"]] == ["confirmed"]
    assert verify.check(unpacked(made))


# --- nothing is forgotten ---------------------------------------------------------------------


def test_every_subject_of_personal_data_is_known_to_the_file() -> None:
    """What a colleague's verb keeps of people's words cannot be left out by oversight."""
    kept = set()
    for path in (ROOT / "src" / "dunwell").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "keep"
                and getattr(node.func.value, "id", "") == "personal"
                and isinstance(node.args[1], ast.Constant)
            ):
                kept.add(node.args[1].value)
    assert kept >= {"stop", "dispute", "action"}
    assert kept <= set(rows.SUBJECTS)


def test_every_kind_of_entry_has_its_words() -> None:
    """A kind without a title, or a title nobody tells, breaks the build."""
    from dunwell.desk import chronicle

    phrases = page.load_words().phrases
    assert set(phrases["entries"]) == set(chronicle.ORDER)
    assert set(phrases["hidden"]) <= set(chronicle.ORDER)
