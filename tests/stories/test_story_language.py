"""The language of stories: what it understands, how it complains, and how it reports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_stories import FILES, HERE, name_of, told

from dunwell.core import book, decide, workdays
from dunwell.core import policy as policies
from dunwell.sim import story
from dunwell.sim.story import expect, happen

START = "2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02\n"
REFERENCE = HERE.parents[1] / "docs" / "reference" / "stories.md"


def tell(text: str, *, policy: policies.Policy | None = None) -> list[str]:
    """Return the failures of a story without complaints, as they are printed."""
    read, complaints = story.parse(text, file="my.story")
    assert complaints == []
    player = story.Player(
        policy_named=story.policies_near(HERE / "ladder"),
        calendar_of=story.calendar_of,
        policy=policy,
    )
    return [str(f) for f in story.tell(read, player).failures]


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("2026-03-02 paymant EUR 5.00", "`payment AMOUNT [for ITEMS] [dated DATE] [as NAME]`"),
        ("2026-03-02 dispute on A-1 about colour", "`dispute on ITEMS [of AMOUNT]"),
        ("2026-02-30 reply", "a day of the calendar, such as 2026-02-28, for 2026-02-30"),
        ("2026-3-2 reply", "a date such as 2026-03-02"),
        ("2026-03-02 24:10 reply", "a time of day such as 09:30 for 24:10"),
        ("2026-03-02 payment EUR 5.001", "an amount with at most 2 decimals for 'EUR 5.001'"),
        ("2026-03-02 payment EUX 5", "an ISO 4217 currency, such as EUR, for EUX"),
        ("2026-03-02 payment EUR five", "an amount such as EUR 1,200.00 for 'EUR five'"),
        ("2026-03-02 payment EUR -5", "a positive amount"),
        ("invoice A-1 EUR 5.00", "a date before what happens"),
        ("hello", "a date, `between DATE and DATE, never …`, or one of: checklist, country"),
        ("contry DE", "`country CODE`"),
        ("between 2026-03-02 and 2026-03-01, never act", "the earlier date first"),
        ("between 2026-03-02 and 2026-03-04 act", "`between DATE and DATE, never|always"),
        ("2026-03-02 expect rain", "`act [STEP] [TONE|stern|TONE or harsher]`"),
        ("2026-03-02 expect act first loudly", "a tone (friendly, urgent"),
        ("2026-03-02 expect wait tired", "`wait` and one of: stale_data, nothing_open"),
        ("2026-03-02 expect act, weather fine", "after `act`, one of: `about ITEMS"),
        ("2026-03-02 expect act, about", "`about` and what it holds, or `about none`"),
        ("2026-03-02 expect act, total 5", "`total EUR 1,200.00`, one amount a currency"),
        ("2026-03-02 expect act, takes A-1", "`takes ITEM=STEP …`"),
        ("2026-03-02 expect wait, also tired", "`also` and reasons out of"),
        ("2026-03-02 expect nothing, by email", "nothing after `nothing`"),
    ],
)
def test_a_line_not_understood_says_where_and_what_would_do(line: str, want: str) -> None:
    """The complaint names file, line and text, and shows the form that would do."""
    _, complaints = story.parse("# A story.\n" + START + line + "\n", file="my.story")
    (complaint,) = complaints
    assert (complaint.file, complaint.line, complaint.found) == ("my.story", 3, line)
    assert complaint.want.startswith(want)


def test_all_lines_are_complained_about_at_once() -> None:
    """One bad line hides no other."""
    _, complaints = story.parse("frist\n" + START + "2026-03-03 hum\n", file="my.story")
    assert [c.line for c in complaints] == [1, 3]


def test_a_story_must_expect_something() -> None:
    """A story that expects nothing proves nothing."""
    _, complaints = story.parse(START, file="my.story")
    assert "at least one `DATE expect …`" in complaints[0].want


def test_a_failure_shows_day_expected_found_and_why() -> None:
    """What failed is said with the day, both sides, and the sentence why."""
    (said,) = tell(START + "2026-03-04 expect act second_notice urgent\n")
    assert said == (
        "my.story:2: Wed 2026-03-04: expected `act second_notice urgent`\n"
        "    found   wait not_yet, step second_notice, until 2026-03-10\n"
        "    because No step is due; second notice for A-1 opens on 10 March 2026."
    )


def test_a_failed_never_names_the_first_day_and_why_something_went() -> None:
    """Of a span of days, the first on which it happened is shown."""
    (said,) = tell(START + "between 2026-03-02 and 2026-03-31, never act urgent or harsher\n")
    assert said.startswith("my.story:2: Tue 2026-03-10: expected `never act urgent or harsher`")
    assert said.endswith(
        "because A-1 was due on 2 March 2026; first_reminder was confirmed on 3 March 2026."
    )


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-03 expect act first_reminder friendly, about A-1, by email",
        "2026-03-03 look -> act, demands A-1, names none, asks none",
        "2026-03-03 expect anything",
        "2026-03-04 expect nothing",
        "2026-03-03 03:00 expect act, sent",
        "between 2026-03-04 and 2026-03-09, always wait not_yet, step second_notice",
        "between 2026-03-04 and 2026-03-09, always nothing",
        "between 2026-03-03 and 2026-03-09, never act stern",
        "between 2026-03-03 and 2026-03-09, never act, by call letter",
    ],
)
def test_what_is_true_holds(line: str) -> None:
    """Heads and clauses hold where the decision is so."""
    assert tell(START + line + "\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-03 expect act second_notice",
        "2026-03-03 expect act urgent",
        "2026-03-03 expect act, about none",
        "2026-03-03 expect act, by email letter",
        "2026-03-03 expect act, total EUR 300.01",
        "2026-03-03 expect act, names suspension",
        "2026-03-03 expect act, not sent",
        "2026-03-03 expect nothing",
        "2026-03-04 expect anything",
        "2026-03-04 expect no run",
        "2026-03-04 expect refused",
        "2026-03-04 expect wait disputed",
        "2026-03-04 expect wait, until 2026-03-11",
        "2026-03-10 expect ask",
        "between 2026-03-03 and 2026-03-09, always nothing",
        "between 2026-03-03 and 2026-03-09, never act, by email letter",
        "between 2026-03-03 and 2026-03-09, never act, total EUR 300.00",
    ],
)
def test_what_is_not_true_fails(line: str) -> None:
    """Every head and clause can fail; `never` fails on any one of the things it names."""
    assert len(tell(START + line + "\n")) == 1


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("between 2026-03-03 and 2026-03-09, never act secnd_notice", "no step secnd_notice in"),
        ("between 2026-03-03 and 2026-03-09, never act, about A-7", "no item A-7; there are: A-1"),
        ("2026-03-03 payment EUR 5.00 for A-7", "there is no item A-7 yet; there are: A-1"),
        ("2026-03-03 release H-1", "nothing is named H-1; there are: none"),
        ("2026-03-03 approve final_demand", "nothing waits for approval under final_demand"),
        ("2026-03-03 reversal of P-1", "there is no payment P-1"),
        ("2026-03-03 segment vpi", "no such segment in classic; there are: high_risk, standard"),
        ("2026-03-03 publish nowhere.yaml", "no policy nowhere.yaml; there are classic"),
        ("country XX", "no country 'XX'"),
        ("zone Europe/Berln", "no time zone Europe/Berln"),
        ("currency EUX", "no currency EUX"),
    ],
)
def test_what_is_not_there_is_named_with_what_there_is(line: str, found: str) -> None:
    """A name nothing has would make a `never` pass, so it is a failure of its own."""
    failures = tell(START + line + "\n2026-03-03 expect act\n")
    assert len(failures) == 1
    assert found in failures[0]


def test_a_refused_event_is_a_failure_unless_expected() -> None:
    """What the system would refuse is refused in a story too, and may be expected."""
    asked = START + "2026-03-03 promise on A-1 by 2026-06-30\n"
    (said,) = tell(asked + "2026-03-03 expect act\n")
    assert "refused: a promise lies at most 30 days ahead" in said
    assert tell(asked + "2026-03-03 expect refused at most 30 days\n") == []
    assert len(tell(asked + "2026-03-03 expect refused for another reason\n")) == 1


def test_the_policy_under_test_replaces_the_one_named() -> None:
    """`dunwell policy test` tells a story under another policy than it names."""
    text = "policy classic\n" + START + "2026-03-17 expect act final_notice\n"
    assert tell(text) == []
    failures = tell(text, policy=story.policies_near(HERE)("aging"))
    assert "no step final_notice in aging" in failures[0]


def test_comments_marks_and_spaces_do_not_matter(tmp_path: Path) -> None:
    """A comment may end a line, a number may hold a #, and editors may leave a mark."""
    path = tmp_path / "one.story"
    path.write_bytes(
        b"\xef\xbb\xbf# Rule.\r\n2026-02-02  invoice A-1 EUR 300.00 due 2026-03-02 # only one\r\n"
        b"\r\n2026-03-03 expect act, about A-1 # here\r\n"
    )
    one = story.tell_file(path)
    assert one.is_true
    assert (one.days, one.expectations) == (30, 1)
    path.write_text("nonsense", "utf-8")
    assert not story.tell_file(path).is_true


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_is_printed_can_be_expected(path: Path) -> None:
    """Every decision of every story, as printed, is an expectation that it meets."""
    _, check, player = told(path)
    for ran in check.runs:
        for said in expect.speak(ran, player):
            assert expect.holds(expect.parse(str(said)), ran, player, is_never=False), str(said)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_decision_can_be_replayed_from_its_facts(path: Path) -> None:
    """The facts a decision saw, written down and read back, give the same outcome."""
    _, check, player = told(path)
    calendars = {c.ref: c for c in (player.calendar, player.entity_calendar)}
    for ran in check.runs:
        seen = book.restore(book.canonical(ran.seen), calendars=calendars)
        again = decide.decide(seen, ran.policy, as_of=ran.on)
        if ran.fate in ("", "ready", "waiting", "cancelled"):
            assert again == ran.made
        else:
            assert type(again) is type(ran.made)


def test_every_kind_of_line_is_told_somewhere() -> None:
    """Each event and setting of the reference stands in at least one story."""
    told_kinds = {
        e.kind.form.notation
        for path in FILES
        for e in (*told(path)[0].settings, *(e for d in told(path)[0].events.values() for e in d))
    }
    assert {k.form.notation for k in happen.KINDS} - told_kinds == set()


def test_the_reference_shows_every_form_and_clause() -> None:
    """docs/reference/stories.md names each line, head and clause as it is parsed."""
    page = REFERENCE.read_text("utf-8").replace("\\|", "|")
    missing = [k.form.notation for k in happen.KINDS if f"`{k.form.notation}`" not in page]
    clauses = [f"`{c}" for known in expect.CLAUSES.values() for c in known]
    missing += [c for c in clauses if c not in page]
    assert missing == []


def test_the_examples_of_the_guides_are_true(tmp_path: Path) -> None:
    """Every story printed in the docs is told as it stands."""
    pages = [REFERENCE, REFERENCE.parents[1] / "guides" / "policy-tests.md"]
    found = [b for page in pages for b in re.findall(r"```story\n(.+?)```", page.read_text(), re.S)]
    assert len(found) >= 3
    for n, text in enumerate(found):
        path = tmp_path / f"{n}.story"
        path.write_text(text, "utf-8")
        told_one = story.tell_file(path)
        assert told_one.is_true, [str(x) for x in (*told_one.complaints, *told_one.failures)]


def test_calendars_of_countries_and_regions() -> None:
    """A country, one of its regions, or none: the days it is closed."""
    assert isinstance(story.calendar_of("DE"), workdays.Calendar)
    assert story.calendar_of("DE-BY").closed > story.calendar_of("DE").closed
    assert story.calendar_of("-").closed == frozenset()
