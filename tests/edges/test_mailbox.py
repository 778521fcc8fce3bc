"""What a mail is: bounces, receipts, automatic answers, stop words and replies told apart."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import re
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dunwell.core.complaints import Complaint
from dunwell.core.inbound import Inbound
from dunwell.intake import mailbox
from dunwell.intake.mailbox import own_words, sources

KEY = "8b1a9953c4611296a827abf8c47804d7"
ID = f"<{KEY}@nordwind.example>"
CORPUS = Path(__file__).parents[3] / "shared" / "data" / "email_bounces"


def mail(head: str, body: str = "") -> bytes:
    """Return a mail of these lines, as it lies in a file."""
    return (textwrap.dedent(head).strip() + "\n\n" + textwrap.dedent(body).strip() + "\n").encode()


def read(head: str, body: str = "") -> Inbound:
    """Read such a mail."""
    return mailbox.read(mail(head, body), file="a.eml")


def report(*blocks: str, original: str = "", words: str = "Sorry.") -> Inbound:
    """Read a delivery status report with these groups of fields about recipients."""
    lines = "\n\n".join(["Reporting-MTA: dns; mx.example.com", *blocks])
    return read(
        """
        From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
        To: ar@nordwind.example
        Subject: Undelivered Mail Returned to Sender
        Date: Mon, 2 Mar 2026 10:00:00 +0100
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"
        """,
        f"--=_b\nContent-Type: text/plain\n\n{words}\n\n"
        f"--=_b\nContent-Type: message/delivery-status\n\n{lines}\n\n"
        f"--=_b\nContent-Type: text/rfc822-headers\n\n{original or f'Message-ID: {ID}'}\n\n--=_b--",
    )


FAILED = "Final-Recipient: rfc822; ap@c.example\nAction: failed\nStatus: "


# --- reports ----------------------------------------------------------------------------------


def test_a_report_says_who_failed_why_and_which_mail_it_was() -> None:
    """Recipient, code and the key of our action, from the fields of RFC 3464."""
    found = report(f"{FAILED}5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <ap@c.example> unknown user")
    assert (found.kind, found.keys, found.reached) == ("bounce", (KEY,), False)
    (failed,) = found.failed
    assert (failed.address, failed.status) == ("ap@c.example", "5.1.1")
    assert (failed.is_hard, failed.is_final) == (True, True)
    assert "unknown user" in failed.words
    assert found.received_at == dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "diagnosis", "is_hard"),
    [
        ("5.1.1", "", True), ("5.1.10", "", True), ("5.2.1", "", True), ("5.4.4", "", True),
        ("5.2.2", "mailbox full", False), ("5.7.1", "blocked", False), ("5.7.1", "no user", False),
        ("4.4.7", "expired", False), ("4.2.2", "", False), ("5.0.0", "user unknown", True),
        ("5.0.0", "", False), ("5.0.0", "550 5.1.1 gone", True), ("", "550 no such user", True),
        ("5.1.8", "sender refused", False), ("5.5.0", "mailbox unavailable", True),
    ],
)  # fmt: skip
def test_only_what_is_about_the_address_is_hard(
    status: str, diagnosis: str, is_hard: bool  # noqa: FBT001
) -> None:  # fmt: skip
    """Full, busy, late or refused by policy is for now; an exact code outweighs the words."""
    found = report(f"{FAILED}{status}\nDiagnostic-Code: smtp; {diagnosis}")
    assert [f.is_hard for f in found.failed] == [is_hard]
    assert found.kind == "bounce"


def test_a_delay_is_no_bounce() -> None:
    """It is still being tried; nothing has failed yet."""
    found = report("Final-Recipient: rfc822; ap@c.example\nAction: delayed\nStatus: 4.4.1")
    assert found.kind == "delayed"
    assert [f.is_final for f in found.failed] == [False]


def test_a_report_of_success_is_a_delivery() -> None:
    """Nobody failed."""
    found = report("Final-Recipient: rfc822; ap@c.example\nAction: delivered\nStatus: 2.0.0")
    assert (found.kind, found.failed) == ("delivered", ())


def test_who_was_reached_beside_one_who_failed_is_seen() -> None:
    """One of two failed: not all of them."""
    found = report(
        f"{FAILED}5.1.1", "Final-Recipient: rfc822; b@c.example\nAction: relayed\nStatus: 2.0.0"
    )
    assert (found.kind, found.reached, len(found.failed)) == ("bounce", True, 1)


def test_the_key_is_found_where_only_our_own_header_is_left() -> None:
    """Some systems replace the Message-ID; our key stands in a header of its own too."""
    found = report(f"{FAILED}5.1.1", original=f"X-Dunwell-Key: {KEY}\nSubject: Reminder")
    assert found.keys == (KEY,)


def test_a_report_whose_parts_cannot_be_told_apart_is_still_read() -> None:
    """A boundary that is never used, as damaged mails have it."""
    found = read(
        """
        From: MAILER-DAEMON@mx.example.com
        Subject: Undelivered Mail
        Content-Type: multipart/report; report-type=delivery-status; boundary="never"
        """,
        f"""
        --other
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.com

        Final-Recipient: rfc822; ap@c.example
        Action: failed
        Status: 5.1.1

        --other
        Content-Type: text/rfc822-headers

        Message-ID: {ID}
        """,
    )
    assert (found.kind, found.keys) == ("bounce", (KEY,))
    assert [(f.address, f.is_hard) for f in found.failed] == [("ap@c.example", True)]


# --- free form --------------------------------------------------------------------------------


def daemon(words: str, subject: str = "failure notice", head: str = "") -> Inbound:
    """Read a bounce in words from a mail system."""
    return read(
        f"From: MAILER-DAEMON@mx.example.com\nTo: ar@nordwind.example\nSubject: {subject}\n{head}",
        words,
    )


@pytest.mark.parametrize(
    ("words", "is_hard"),
    [
        ("<ap@c.example>:\nSorry, no mailbox here by that name. (#5.1.1)", True),
        ("ap@c.example: user unknown", True),
        ("The recipient's mailbox ap@c.example is full.", False),
        ("ap@c.example\n550 rejected as spam", False),
        ("ap@c.example: host c.example not found", True),
        ("ap@c.example: connection timed out; it has been in the queue too long", False),
    ],
)
def test_a_bounce_in_words_is_read(words: str, is_hard: bool) -> None:  # noqa: FBT001
    """Hard by what is said of the address, else for now; ours is not the address that failed."""
    found = daemon(f"{words}\n\n--- Below this line is a copy of the message.\n\nMessage-ID: {ID}")
    assert (found.kind, found.keys) == ("bounce", (KEY,))
    assert [(f.address, f.is_hard) for f in found.failed] == [("ap@c.example", is_hard)]


def test_what_stands_in_the_mail_that_came_back_is_not_the_systems_word() -> None:
    """A reminder that speaks of an unknown user is no diagnosis."""
    found = daemon(
        "ap@c.example: your message was refused (5.7.1)\n\n"
        "------ This is a copy of the message ------\n\nunknown user, other@d.example"
    )
    assert [(f.address, f.is_hard) for f in found.failed] == [("ap@c.example", False)]


def test_the_header_that_names_who_failed_is_believed() -> None:
    """X-Failed-Recipients, as Exim and Gmail write it."""
    found = daemon("It did not work.", head="X-Failed-Recipients: ap@c.example")
    assert [f.address for f in found.failed] == ["ap@c.example"]


@pytest.mark.parametrize(
    "words",
    ["Your message has been delayed. You do not need to resend it.",
     "Delivery will be retried for 3 more days. 4.4.1 timed out"],
)  # fmt: skip
def test_a_warning_in_words_is_a_delay(words: str) -> None:
    """It says itself that it goes on trying."""
    assert daemon(words, subject="Delivery Status Notification (Delay)").kind == "delayed"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("From: Ada <ada@c.example>\nSubject: Re: Reminder", "The address is unknown to me."),
        ("From: Ada <ada@c.example>\nSubject: Delivery of order 7", "Has it failed? No such user."),
        ("From: postmaster@c.example\nSubject: Your invoice", "We pay on Friday."),
    ],
)
def test_a_person_who_speaks_like_a_mail_system_writes_a_reply(head: str, words: str) -> None:
    """One sign alone makes no bounce."""
    assert read(head, words).kind == "reply"


# --- receipts, machines, stop words, replies ---------------------------------------------------


def receipt(disposition: str) -> Inbound:
    """Read a receipt by RFC 8098."""
    return read(
        """
        From: ap@c.example
        Subject: Read: Reminder
        Content-Type: multipart/report; report-type=disposition-notification; boundary="=_b"
        """,
        "--=_b\nContent-Type: text/plain\n\nRead.\n\n"
        "--=_b\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822; ap@c.example\nOriginal-Message-ID: {ID}\n"
        f"Disposition: manual-action/MDN-sent-manually; {disposition}\n\n--=_b--",
    )


def test_a_receipt_that_the_mail_was_shown_is_read() -> None:
    """And it names our mail; deleted unread or denied is only a machine's word."""
    found = receipt("displayed")
    assert (found.kind, found.keys) == ("read", (KEY,))
    assert receipt("deleted").kind == "auto"


@pytest.mark.parametrize(
    "head",
    ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply",
     "Subject: Automatic reply: Reminder", "Subject: Abwesenheitsnotiz: Reminder",
     "Subject: Réponse automatique : Reminder", "Subject: Out of Office"],
)  # fmt: skip
def test_a_machine_that_answers_is_recognised(head: str) -> None:
    """By its headers (RFC 3834) or its subject, also when it says nothing but a stop word."""
    lines = f"From: ap@c.example\n{head}\nIn-Reply-To: {ID}"
    assert read(lines, "I am back on Monday.").kind == "auto"
    assert read(lines, "Stop").kind == "auto"


def test_auto_submitted_no_is_a_person() -> None:
    """The header may say so."""
    assert read("From: ap@c.example\nAuto-Submitted: no", "Hello").kind == "reply"


def test_a_copy_of_our_own_mail_is_our_own() -> None:
    """A folder of sent mail read by mistake does nothing."""
    assert read(f"From: ar@nordwind.example\nX-Dunwell-Key: {KEY}", "You owe").kind == "own"


QUOTES = {
    "plain": "{}",
    "gmail": "{}\n\nOn Mon, Mar 2, 2026 at 9:00 AM Nordwind <ar@nordwind.example> wrote:\n> You",
    "gmail wrapped": "{}\n\nOn Mon, Mar 2, 2026 at 9:00 AM Nordwind GmbH\n"
    "<ar@nordwind.example> wrote:\n\n> You owe",
    "outlook": "{}\n\n________________________________\nFrom: Nordwind <ar@nordwind.example>\nYou",
    "original": "{}\n\n-----Original Message-----\nYou owe",
    "german": "{}\n\nAm 02.03.2026 um 09:00 schrieb Nordwind:\n> Offen",
    "french": "{}\n\nLe 2 mars 2026 à 09:00, Nordwind a écrit :\n> Ouvert",
    "signature": "{}\n\n--\nAda Lovelace\nLovelace Ltd",
    "telephone": "{}\n\nSent from my telephone",
}


@pytest.mark.parametrize("how", QUOTES)
def test_only_the_writers_own_words_make_a_stop(how: str) -> None:
    """What is quoted or signed is not theirs; more than the word is a reply."""
    head = f"From: ap@c.example\nIn-Reply-To: {ID}"
    assert read(head, QUOTES[how].format("STOP")).kind == "stop"
    assert read(head, QUOTES[how].format("Stop, I have paid")).kind == "reply"


def test_a_quoted_stop_word_stops_nothing() -> None:
    """Our own text says how to stop; somebody who quotes it has not said it."""
    found = read("From: ap@c.example", "> STOP\n\nWhat does this mean?")
    assert found.kind == "reply"
    assert own_words.own_words("I pay on Friday.\n> STOP") == "I pay on Friday."


def test_a_stop_may_stand_in_html_alone() -> None:
    """Without the mail that is quoted below it."""
    page = "<div>STOP</div><br><blockquote>You owe &euro; 100</blockquote>"
    found = read("From: ap@c.example\nContent-Type: text/html", page)
    assert found.kind == "stop"


def test_one_click_in_a_mail_program_is_a_stop() -> None:
    """It writes the mail for its user, and says so in a header."""
    head = "From: ap@c.example\nSubject: unsubscribe\nX-Apple-Unsubscribe: true"
    assert read(f"{head}\nAuto-Submitted: auto-replied", "The user unsubscribed.").kind == "stop"


def test_a_report_of_spam_is_for_a_person() -> None:
    """Somebody took our mail for spam (RFC 5965); what to do about it is no machine's choice."""
    found = read(
        "From: fbl@mx.example.com\nSubject: Abuse\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="=_b"',
        "--=_b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--=_b--",
    )
    assert (found.kind, dict(found.evidence)) == ("reply", {"report": "abuse"})


def test_a_reply_names_its_message_and_its_case() -> None:
    """By the message it answers, and by our mark in the address it came to."""
    found = read(
        f"""
        From: Ada Lovelace <Ada@C.example>
        To: Nordwind <ar+c1.42.3@nordwind.example>
        Subject: =?utf-8?q?Re=3A_Erinnerung_=C3=BCber_100?=
        References: <other@x> {ID}
        Message-ID: <reply@c.example>
        """,
        "I pay on Friday.",
    )
    assert (found.kind, found.sender, found.keys, found.case) == (
        "reply", "ada@c.example", (KEY,), (1, 42, 3)
    )  # fmt: skip
    assert found.subject == "Re: Erinnerung über 100"
    assert (found.message_id, found.own_words) == ("<reply@c.example>", "I pay on Friday.")


# --- damage -----------------------------------------------------------------------------------

SAMPLES = [
    mail(f"From: MAILER-DAEMON@x\nSubject: failure\nX-Failed-Recipients: a@b.example\nTo: {ID}"),
    mail("From: =?utf-8?q?=C3?= <a@b.example>\nSubject: =?nope?b?!!?=\nDate: never", "Hallo Welt"),
    mail('Content-Type: multipart/mixed; boundary="b"', "--b\nContent-Type: text/html\n\n<p>STOP"),
    mail("Content-Type: text/plain; charset=klingon", "Grüße"),
]


def test_no_damage_makes_a_traceback() -> None:
    """Two thousand mails broken at random places are all something."""
    dice = random.Random(20260302)
    for _ in range(2000):
        raw = bytearray(dice.choice(SAMPLES))
        for _ in range(dice.randint(1, 12)):
            at = dice.randrange(len(raw) + 1)
            raw[at : at + dice.choice((0, 1, 9))] = dice.randbytes(dice.choice((0, 1, 3)))
        found = mailbox.read(bytes(raw), file="broken.eml")
        assert found.kind
        found.words.encode()


@pytest.mark.parametrize(
    "words", ["-" * 200_000, "<" * 200_000, "<!--" * 50_000, "a@" * 100_000, "user " * 40_000,
              "Status: " + "5." * 100_000, "\n>" * 100_000, "\n-----" * 30_000],
    ids=lambda w: w[:5].strip(),
)  # fmt: skip
def test_no_mail_takes_long(words: str) -> None:
    """A mail made to be slow is read in a moment, whatever it claims to be."""
    for kind in ("text/plain", "text/html", "multipart/report"):
        raw = f"From: mailer-daemon@x\nContent-Type: {kind}\n\n{words}".encode()
        begun = time.monotonic()
        mailbox.read(raw, file="slow.eml")
        assert time.monotonic() - begun < 10


# --- files ------------------------------------------------------------------------------------


def found(path: Path) -> tuple[list[str], list[str]]:
    """Return the names of the mails found, and the files complained of."""
    rows = list(sources.found(path))
    mails = [r[0] for r in rows if not isinstance(r, Complaint)]
    return mails, [r.file for r in rows if isinstance(r, Complaint)]


def test_an_mbox_is_cut_into_its_mails(tmp_path: Path) -> None:
    """At its From lines after an empty line; a quoted one stays inside its mail."""
    box = tmp_path / "all.mbox"
    box.write_bytes(
        b"From a@x Mon Mar  2 10:00:00 2026\nFrom: a@x\n\nOne\n>From here on\n\n"
        b"From b@x Mon Mar  2 11:00:00 2026\nFrom: b@x\n\nTwo\nFrom time to time\n"
    )
    one, two = sources.found(box)
    assert not isinstance(one, Complaint)
    assert not isinstance(two, Complaint)
    assert (one[0], mailbox.read(one[1], file=one[0]).words) == ("all.mbox:1", "One\nFrom here on")
    assert mailbox.read(two[1], file="").words == "Two\nFrom time to time"


def test_a_folder_and_a_maildir_are_read_in_the_order_of_names(tmp_path: Path) -> None:
    """Hidden files and what a mail server is still writing are left alone."""
    for name in ("cur/2", "new/1", "tmp/3", "b.eml", ".hidden", "a.eml"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"From: a@x\n\nHello")
    assert found(tmp_path) == (["a.eml", "b.eml", "2", "1"], [])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """An empty file, and one that is not there."""
    (tmp_path / "empty.eml").write_bytes(b" \n")
    assert found(tmp_path / "empty.eml") == ([], ["empty.eml"])
    assert found(tmp_path / "gone.eml") == ([], ["gone.eml"])


@pytest.mark.parametrize(
    ("raw", "is_mail"),
    [(b"From: a@x\n\nHi", True), (b"\r\nReceived: by x\r\n\r\n", True), (b"%PDF-1.7", False),
     (b"name;amount\nA;1\n", False), (b"\x00\x01", False)],
)  # fmt: skip
def test_a_mail_begins_as_a_mail(raw: bytes, is_mail: bool) -> None:  # noqa: FBT001
    """Anything else is complained of, not read as an empty reply."""
    assert sources.is_mail(raw) is is_mail


# --- other people's bounces --------------------------------------------------------------------


def corpus(part: str) -> Iterator[tuple[str, str, Inbound]]:
    """Yield family, name and reading of each published sample of one half.

    The halves are whole families of mail systems: the phrases were written looking at the one
    ("seen") and never at the other ("unseen").
    """
    if not CORPUS.exists():
        pytest.skip(
            f"NOT RUN: the public data is not here ({CORPUS.relative_to(CORPUS.parents[2])})"
        )
    for path in sorted((CORPUS / "sisimai__set-of-emails").glob("*.eml")):
        family = re.sub(r"-\d+$", "", path.stem)
        is_seen = hashlib.sha256(family.encode()).digest()[0] % 2 == 0
        if is_seen is (part == "seen"):
            yield family, path.name, mailbox.read(path.read_bytes(), file=path.name)


def test_bounces_of_systems_never_looked_at_are_recognised() -> None:
    """Of 272 samples of 27 families, as the guide says: 264 as bounce or delay, 260 with whose."""
    rows = list(corpus("unseen"))
    known = [m for _, _, m in rows if m.kind in ("bounce", "delayed")]
    assert (len(rows), len({family for family, _, _ in rows})) == (272, 27)
    assert len(known) == 264
    assert sum(any(f.address for f in m.failed) for m in known) == 260
    assert not any(m.kind == "stop" for _, _, m in rows)


def test_machines_that_answer_are_no_bounces() -> None:
    """All four published samples of automatic answers."""
    list(corpus("seen"))
    kinds = [
        mailbox.read(p.read_bytes(), file=p.name).kind
        for p in sorted((CORPUS / "auto_replies").rglob("*.eml"))
    ]
    assert kinds == ["auto"] * 4
