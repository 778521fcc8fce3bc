"""`dunwell policy …` and `dunwell story`: what they print, where, and with which exit code."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner, Result

import helpers
from dunwell import policies
from dunwell.cli import policy as door
from dunwell.core import policy as documents
from dunwell.core import rows
from dunwell.core.errors import Misconfigured, Refused
from dunwell.core.scope import Scope
from dunwell.desk import look
from dunwell.desk import publish as desk
from dunwell.store import models, tx
from helpers import TODAY, customer, instant, invoice

Run = Callable[..., Result]
CLASSIC = policies.built_in_text("classic")


@click.group()
@click.option("--home")
@click.option("--organisation")
@click.option("--by")
@click.option("--at")
def main(**_: Any) -> None:
    """The commands of this module alone."""


door.add_to(main)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Run:
    """Run a command in an empty folder, with no data folder but the test's, if it has one."""
    if "database" not in request.fixturenames:
        for name in ("DUNWELL_HOME", "DUNWELL_DATABASE_URL"):
            monkeypatch.delenv(name, raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def invoke(*words: str, code: int = 0, at: str = "2026-03-02T08:00+00:00") -> Result:
        found = CliRunner().invoke(main, ["--by", "anna", "--at", at, *words])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == code, found.output
        return found

    return invoke


def changed(*pairs: tuple[str, str], text: str = CLASSIC) -> str:
    """Return classic's file with words replaced, each of which it has."""
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


# --- schema -----------------------------------------------------------------------------------


def test_the_schema_shipped_is_that_of_the_document(run: Run) -> None:
    """Editors check against what the program reads; `policy schema` prints the same."""
    assert policies.SCHEMA.read_text("utf-8") == policies.schema_text()
    assert run("policy", "schema").stdout == policies.schema_text()


@pytest.mark.parametrize("name", policies.BUILT_IN)
def test_the_schema_takes_the_built_in_policies(name: str) -> None:
    """What we ship is valid for an editor too."""
    data = policies._plain(policies.load(policies.built_in_text(name), file=name).data)
    jsonschema.validate(data, documents.schema())


def test_the_schema_names_what_it_does_not_take() -> None:
    """An editor sees a word that is no tone, and a field that is not there."""
    validator = jsonschema.Draft202012Validator(documents.schema())
    data = policies._plain(policies.load(CLASSIC, file="classic").data)
    steps = data["cadences"]["classic"]["steps"]
    steps[0]["tone"], steps[1]["tonne"] = "nice", "urgent"
    assert {e.json_path for e in validator.iter_errors(data)} == {
        "$.cadences.classic.steps[0].tone", "$.cadences.classic.steps[1]",
    }  # fmt: skip


def test_every_field_of_a_policy_is_described() -> None:
    """Each field says in one sentence what it means."""
    schema = documents.schema()
    for part in (schema, *schema["$defs"].values()):
        for name, field in part["properties"].items():
            said = field["description"]
            assert said[0].isupper(), name
            assert said.endswith("."), name
            assert ". " not in said, name


# --- reading and writing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (("tone: urgent", "tone: nice"), "classic.yaml:25 cadences.classic.steps[1].tone: found "
         "'nice'; want 'friendly', 'urgent', 'firm', 'severe' or 'formal'"),
        (("tone: urgent", "tonne: urgent"), "classic.yaml:25 cadences.classic.steps[1].tonne: "
         "found 'tonne'; want tone, perhaps"),
        (("day: 15", "day: 15\n        colour: red"), "classic.yaml:28 cadences.classic.steps[2]"
         ".colour: found 'colour'; want one of actions, approve, day"),
        (("        day: 15\n", ""), "classic.yaml:26 cadences.classic.steps[2].day: found "
         "'nothing'; want day, which must be given"),
        (("id: second_notice", "id: 2nd"), "classic.yaml:25 cadences.classic.steps[1].id: found "
         "'2nd'; want text of the form ^[a-z]"),
        (("id: second_notice", "id: final_notice"), "classic.yaml:26 cadences.classic.steps[2].id"
         ": found 'final_notice'; want step id 'final_notice' only once"),
        (("day: 15", "phase: due\n        day: 0"), "classic.yaml:27 cadences.classic.steps[2]"
         ".phase: found 'due'; want steps must stand in order"),
        (("name: standard", "name: standard\n    any: [{strategic: false}]"), "classic.yaml:20 "
         "segments[2].any: found 'conditions on the last segment'; want a last segment that takes"),
        (("policy: classic", "policy: classic\nsettings:\n  hours: {start: 09:00+01:00}"),
         "classic.yaml:5 settings.hours.start: found '09:00+01:00'; want a time "
         "without a zone"),
        (("policy: classic", "policy: classic\nsettings:\n  hours:\n    end: 08:00"),
         "classic.yaml:6 settings.hours.end: found '08:00'; want a time after 09:00"),
        (("day: 15", "day: 15\n        taken_by: letter"), "classic.yaml:28 cadences.classic"
         ".steps[2].taken_by: found 'letter'; want one of its actions: email, call"),
        (("policy: classic", "policy: [classic"), "want YAML 1.2, indented evenly"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_line(
    run: Run, spoil: tuple[str, str], said: str
) -> None:
    """A fault in a file says where it is, what is there, and what would do."""
    _, complaints = policies.read(changed(spoil), file="classic.yaml")
    assert said in str(complaints[0])
    Path("classic.yaml").write_text(changed(spoil), "utf-8")
    assert run("policy", "lint", "classic.yaml", code=4).stdout.startswith("classic.yaml:")
    assert said in run("policy", "preview", "classic.yaml", code=4).stderr


def test_a_cadence_that_is_not_there_is_named_at_its_segment() -> None:
    """Without an `include` the cadences are known at once."""
    text = changed(("include: [key-account, high-risk]\n", ""))
    _, complaints = policies.read(text, file="c.yaml")
    assert str(complaints[0]) == (
        "c.yaml:10 segments[0].cadence: found 'key-account'; want one of the cadences classic"
    )


def test_a_file_that_is_no_policy_is_refused_in_words() -> None:
    """An empty file and a list are told apart from a policy."""
    assert "found 'nothing'; want a policy document" in str(policies.read("", file="x")[1][0])
    assert "found 'a CommentedSeq'" in str(policies.read("- 1", file="x")[1][0])


@pytest.mark.parametrize("name", policies.BUILT_IN)
def test_a_policy_written_reads_back_the_same(name: str) -> None:
    """Writing a policy out loses nothing, to the last digit of an amount."""
    amounts = {"small_balance": "7.50", "hours": {"start": "08:30", "end": "16:00"}}
    plain = policies.built_in(name).model_dump(mode="json")
    for settings in ({}, amounts):
        document = documents.parse(plain | {"settings": settings, "title": "2026"})
        again, complaints = policies.read(policies.text_of(document), file=name)
        assert complaints == []
        assert again is not None
        assert documents.canonical(again) == documents.canonical(document)


def test_no_policy_is_built_in_by_another_name() -> None:
    """Asking for one that is not shipped is an error, not an empty policy."""
    with pytest.raises(KeyError):
        policies.built_in("classique")


# --- lint -------------------------------------------------------------------------------------


def test_the_built_in_policies_are_clean_with_their_texts(run: Run) -> None:
    """Nothing is found in what we ship: each text is there, in every language."""
    found = run("policy", "lint", *policies.BUILT_IN)
    assert found.stdout == ""
    assert found.stderr == "5 checked: nothing to say\n"


def test_lint_says_file_line_and_what_would_do(run: Run) -> None:
    """Errors end with code 4; warnings do so only when they count as errors."""
    Path("a.yaml").write_text(changed(("        approve: manager\n        responsible", "        "
                                       "responsible")), "utf-8")  # fmt: skip
    found = run("policy", "lint", "a.yaml")
    assert found.stdout == (
        "a.yaml:46: warning: final_demand goes by itself; want approve: manager"
        "  [demand_unapproved]\n"
    )
    assert found.stderr == "1 checked: 1 warning\n"
    run("policy", "lint", "a.yaml", "--strict", code=4)
    Path("b.yaml").write_text(changed(("policy: classic", "policy: classic\nsettings: {daily_cap:"
                                       " 0}")), "utf-8")  # fmt: skip
    both = run("policy", "lint", "a.yaml", "b.yaml", code=4)
    assert both.stdout.splitlines()[1] == (
        "b.yaml:4: error: 0; want a number, or leave it out  [cap_zero]"
    )
    assert both.stderr == "2 checked: 1 error, 1 warning\n"


def test_findings_come_as_json_and_csv(run: Run) -> None:
    """Machines get the same findings, with severity, code and place."""
    Path("a.yaml").write_text(changed(("day: 30", "day: 60")), "utf-8")
    rows_ = json.loads(run("policy", "lint", "a.yaml", "--format", "json").stdout)
    assert [(r["code"], r["line"], r["place"]) for r in rows_] == [
        ("gap", 35, "cadences.classic.steps[3].day"),
        ("days_fall", 47, "cadences.classic.steps[4].day"),
    ]
    text = run("policy", "lint", "a.yaml", "--format", "csv").stdout
    assert [r["code"] for r in csv.DictReader(io.StringIO(text))] == ["gap", "days_fall"]
    more = run("policy", "lint", "a.yaml", "--gap-days", "60", "--format", "json").stdout
    assert [r["code"] for r in json.loads(more)] == ["days_fall"]


def test_a_name_that_is_nothing_is_refused(run: Run) -> None:
    """Neither a file nor a policy: said so, with what there is."""
    found = run("policy", "lint", "clasic", code=3)
    assert "no file and no policy 'clasic'; built in are classic" in found.stderr
    assert "none is published" in run("policy", "diff", "classic@1", "classic", code=3).stderr
    Path("picture.yaml").write_bytes(b"\xff\xd8\xff")
    assert "not text in UTF-8" in run("policy", "lint", "picture.yaml", code=3).stderr


def test_an_include_that_is_not_there_is_found_by_lint_and_refused_elsewhere(run: Run) -> None:
    """Lint names the place; what needs the whole policy refuses."""
    Path("a.yaml").write_text(changed(("[key-account, high-risk]", "[key-account, hi-risk]")))
    found = run("policy", "lint", "a.yaml", code=4).stdout
    assert "a.yaml:5: error: hi-risk; want one of aging, classic" in found
    assert "no built-in policy 'hi-risk'" in run("policy", "diff", "classic", "a.yaml",
                                                 code=3).stderr  # fmt: skip
    Path("b.yaml").write_text(changed(("[key-account, high-risk]", "[key-account]")))
    refused = run("policy", "diff", "classic", "b.yaml", code=3).stderr
    assert "found high-risk; want one of the cadences classic, key-account" in refused


# --- diff and show ----------------------------------------------------------------------------


def test_diff_says_in_words_what_is_otherwise(run: Run) -> None:
    """One sentence a change on stdout; nothing for what is equal."""
    Path("mine.yaml").write_text(changed(("day: 15", "day: 12"), ("wait: 7, tone: friendly",
                                          "wait: 5, tone: friendly")), "utf-8")  # fmt: skip
    found = run("policy", "diff", "classic", "mine.yaml")
    assert found.stdout == (
        "Wait after first_reminder shortened from 7 to 5 days\n"
        "Step final_notice opens on day 12 instead of 15\n"
    )
    rows_ = json.loads(run("policy", "diff", "classic", "mine.yaml", "--format", "json").stdout)
    assert rows_[0]["place"] == "cadences.classic.steps[0]"
    text = run("policy", "diff", "mine.yaml", "classic", "--format", "csv").stdout
    assert next(csv.DictReader(io.StringIO(text)))["text"] == (
        "Wait after first_reminder lengthened from 5 to 7 days"
    )
    same = run("policy", "diff", "classic", "classic")
    assert (same.stdout, same.stderr) == ("", "classic does nothing otherwise than classic\n")
    Path("bad.yaml").write_text("policy: 1", "utf-8")
    assert "bad.yaml:1" in run("policy", "diff", "bad.yaml", "classic", code=4).stderr


def test_show_prints_a_file_to_copy(run: Run) -> None:
    """A built-in policy comes with its comments, as the file that we ship."""
    assert run("policy", "show", "classic").stdout == CLASSIC
    body = json.loads(run("policy", "show", "classic", "--format", "json").stdout)
    assert set(body["cadences"]) == {"classic", "key-account", "high-risk"}
    Path("bad.yaml").write_text("policy: 1", "utf-8")
    run("policy", "show", "bad.yaml", code=4)


# --- the policies in use ----------------------------------------------------------------------


@pytest.fixture
def small_book(book: helpers.Book) -> helpers.Book:
    """C-1 is 5 days late, C-2 30 days, C-3's invoice is not due yet."""
    book.customers(customer("C-1"), customer("C-2"), customer("C-3"))
    book.items(
        invoice("A-1", 10_000, customer="C-1", due_on=TODAY - dt.timedelta(days=5)),
        invoice("A-2", 25_000, customer="C-2", due_on=TODAY - dt.timedelta(days=30)),
        invoice("A-3", 30_000, customer="C-3", due_on=TODAY + dt.timedelta(days=3)),
    )
    return book


LATER = changed(("day: 1, wait: 7", "day: 7, wait: 7"))
HARSHER = changed(("{id: first_reminder, day: 1, wait: 7, tone: friendly, actions: [{channel: "
                   "email}]}", "{id: first_reminder, day: 1, wait: 7, tone: urgent, actions: "
                   "[{channel: email}]}"))  # fmt: skip


def test_preview_counts_what_a_change_would_send(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """Published now, one reminder fewer would go: which, and over what amount, is said."""
    Path("later.yaml").write_text(LATER, "utf-8")
    found = run("policy", "preview", "later.yaml", "--as-of", "2026-03-02")
    assert found.stderr == (
        "Published now, classic would on 2 March 2026 send 1 fewer first_reminder; "
        "1 case fares otherwise.\n"
    )
    shape = json.loads(run("policy", "preview", "later.yaml", "--format", "json").stdout)
    assert shape["counts"]["acts"] == {"first_reminder": {"now": 2, "then": 1}}
    assert shape["counts"]["waits"] == {"not_yet": {"now": 1, "then": 2}}
    assert shape["cases"] == [
        {
            "customer": "C-1", "entity": "MAIN", "now": "first_reminder", "then": "waits: not_yet",
            "amounts_now": [{"currency": "EUR", "amount_minor": 10000}], "amounts_then": [],
        }
    ]  # fmt: skip
    text = run("policy", "preview", "later.yaml", "--format", "csv").stdout
    assert next(csv.DictReader(io.StringIO(text)))["amount now"] == "EUR 100.00"
    table = run("policy", "preview", "later.yaml").stdout
    assert "Cases that fare otherwise" in table
    assert "waits: not_yet" in table


def test_preview_shows_a_message_that_goes_in_another_way(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """The same step at another tone is a difference; both ways are shown, the numbers are equal."""
    Path("harsher.yaml").write_text(HARSHER, "utf-8")
    shape = json.loads(run("policy", "preview", "harsher.yaml", "--format", "json").stdout)
    assert shape["sentence"] == (
        "Published now, classic would on 2 March 2026 send and ask for the same number of "
        "everything; 2 cases fare otherwise."
    )
    assert [(c["now"], c["then"]) for c in shape["cases"]] == [
        ("first_reminder (friendly) by email to ap (first_reminder)",
         "first_reminder (urgent) by email to ap (first_reminder)"),
    ] * 2  # fmt: skip
    assert not any("first_reminder" in w for w in shape["counts"]["waits"])


def test_preview_of_what_is_published_shows_nothing(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """The policy as it stands changes no case, and nothing was written by looking."""
    found = run("policy", "preview", "classic")
    assert found.stderr.endswith("send and ask for the same number of everything.\n")
    assert "Cases that fare otherwise" not in found.stdout
    assert len(desk.documents(scope, "classic")) == 1


def test_preview_of_a_new_policy_is_shown_as_if_all_walked_it(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """While no entity walks a policy, every entity is compared, and it says so."""
    Path("house.yaml").write_text(changed(("policy: classic", "policy: house"), text=LATER))
    found = run("policy", "preview", "house.yaml")
    assert found.stderr.splitlines()[1] == ("no entity walks house yet: shown as if all did")
    assert "send 1 fewer first_reminder" in found.stderr


def test_preview_compares_only_who_walks_the_policy(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """A change of classic says nothing about an entity that walks net30."""
    desk.assign(scope, "MAIN", "net30", now=helpers.NOW)
    other = helpers.found.NewEntity("SIDE", "EUR", "Europe/Berlin", "DE")
    helpers.found.add_entity(scope, other, now=helpers.NOW)
    small_book.items(
        invoice("B-1", 5_000, customer="C-1", entity="SIDE",
                due_on=TODAY - dt.timedelta(days=5))
    )  # fmt: skip
    Path("later.yaml").write_text(LATER, "utf-8")
    shape = json.loads(run("policy", "preview", "later.yaml", "--format", "json").stdout)
    assert shape["entities"] == ["SIDE"]
    assert [(c["customer"], c["entity"]) for c in shape["cases"]] == [("C-1", "SIDE")]


def test_preview_shows_what_would_be_asked_for(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """A final demand that would go by itself is one question fewer and one demand more."""
    small_book.items(invoice("A-4", 70_000, customer="C-3", due_on=TODAY - dt.timedelta(days=60)))
    small_book.take(
        "history",
        rows.HistoryRow(line=2, customer="C-3", item="A-4", step="pre_collections",
                        on=TODAY - dt.timedelta(days=20), channel="email"),
    )  # fmt: skip
    bold = changed(("        final_demand: true\n        approve: manager\n",
                    "        final_demand: true\n"))  # fmt: skip
    Path("bold.yaml").write_text(bold, "utf-8")
    shape = json.loads(run("policy", "preview", "bold.yaml", "--format", "json").stdout)
    assert shape["sentence"] == (
        "Published now, classic would on 2 March 2026 send 1 more final_demand, "
        "ask for 1 fewer final_demand; 1 case fares otherwise."
    )
    assert shape["cases"] == [
        {
            "customer": "C-3", "entity": "MAIN", "now": "asks for final_demand",
            "then": "final_demand",
            "amounts_now": [{"currency": "EUR", "amount_minor": 70000}],
            "amounts_then": [{"currency": "EUR", "amount_minor": 70000}],
        }
    ]  # fmt: skip
    assert shape["counts"]["asks"] == {"final_demand": {"now": 1, "then": 0}}


def test_preview_says_when_nothing_is_sent_at_all(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """While the bank's data are too old, no policy sends anything, and that is said."""
    with tx.transaction_of(scope):
        models.Entity.objects.update(feeds_required=["payments"])
    Path("later.yaml").write_text(LATER, "utf-8")
    said = run("policy", "preview", "later.yaml").stderr
    assert said.splitlines()[1] == "nothing is sent that day: payments for MAIN were never imported"


def test_one_of_several_organisations_must_be_named(run: Run, scope: Scope) -> None:
    """A name is looked up in one organisation; which, is not guessed."""
    helpers.found_organisation("other")
    assert "name one with --organisation" in run("policy", "show", "classic", code=3).stderr
    found = run("policy", "show", "classic", "--organisation", "other")
    assert found.stdout == CLASSIC


def night(scope: Scope, day: dt.date) -> dict[str, int]:
    """Run a night and return the policy version each case was decided under."""
    found = look.propose(scope, as_of=day)
    look.record(scope, found, mode="run", now=instant(day, 2))
    return {x.customer: x.policy_version_id for x in found.lines}


def test_running_cases_move_with_a_published_version(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """By default every open case is decided under the new version from the next look on."""
    first = night(scope, TODAY)
    Path("later.yaml").write_text(LATER, "utf-8")
    said = run("policy", "publish", "later.yaml").stderr
    assert "Step first_reminder opens on day 7 instead of 1" in said
    assert "Published now, classic would on 2 March 2026" in said
    assert said.endswith("policy classic is published as version 2; running cases move to it\n")
    assert desk.current_document(scope, "classic").cadences["classic"].steps[0].day == 7
    second = night(scope, TODAY + dt.timedelta(days=1))
    assert set(second.values()).isdisjoint(first.values())


def test_running_cases_may_keep_the_version_they_walk(
    run: Run, scope: Scope, small_book: helpers.Book
) -> None:
    """With --no-move an open case goes on under its version; a new case takes the newest."""
    first = night(scope, TODAY)
    Path("later.yaml").write_text(LATER, "utf-8")
    shape = json.loads(
        run("policy", "publish", "later.yaml", "--no-move", "--format", "json").stdout
    )
    assert (shape["version"], shape["moves"], shape["preview"]) == (2, False, None)
    second = night(scope, TODAY + dt.timedelta(days=1))
    assert (second["C-1"], second["C-2"]) == (first["C-1"], first["C-2"])
    assert second["C-3"] != first["C-3"]
    rows_ = json.loads(run("policy", "list", "--format", "json").stdout)
    classic = [r for r in rows_ if r["policy"] == "classic"]
    assert [(r["version"], r["moves"], r["cases"]) for r in classic] == [
        (1, True, 2),
        (2, False, 0),
    ]


def test_a_policy_with_an_error_is_not_published(run: Run, scope: Scope) -> None:
    """Errors keep a policy out, by the command and by whoever else would publish it."""
    Path("bad.yaml").write_text(changed(("        final_demand: true\n", "")), "utf-8")
    said = run("policy", "publish", "bad.yaml", code=4).stderr
    assert "bad.yaml:58: error: classic ends with placement, and no step is a final demand" in said
    assert said.endswith("not published: 1 error\n")
    document, _ = policies.read(Path("bad.yaml").read_text("utf-8"), file="bad.yaml")
    assert document is not None
    with pytest.raises(Refused, match="no step is a final demand"):
        desk.publish(scope, document, now=helpers.NOW)
    assert len(desk.documents(scope, "classic")) == 1
    Path("worse.yaml").write_text("policy: [", "utf-8")
    run("policy", "publish", "worse.yaml", code=4)


def test_the_same_text_is_one_version(run: Run, scope: Scope) -> None:
    """Publishing what is published already changes nothing and says so."""
    said = run("policy", "publish", "classic").stderr
    assert said.endswith("policy classic is published like that already, as version 1\n")


def test_published_versions_have_names(run: Run, scope: Scope) -> None:
    """A name is the newest version, NAME@N an older one; a built-in keeps its comments."""
    Path("later.yaml").write_text(LATER, "utf-8")
    run("policy", "publish", "later.yaml")
    assert run("policy", "diff", "classic@1", "classic").stdout == (
        "Step first_reminder opens on day 7 instead of 1\n"
    )
    assert run("policy", "show", "classic@1").stdout == CLASSIC
    newest, _ = policies.read(run("policy", "show", "classic").stdout, file="classic")
    assert newest == desk.current_document(scope, "classic")
    assert "there are classic@1 to classic@2" in run("policy", "show", "classic@3", code=3).stderr


def test_publishing_knows_the_earlier_versions(run: Run, scope: Scope) -> None:
    """A step that goes without a successor is noticed when it is published, not before."""
    gone = changed(("      - {id: second_notice, day: 8, wait: 7, tone: urgent, actions: [{channel:"
                    " email}]}\n", ""))  # fmt: skip
    Path("gone.yaml").write_text(gone, "utf-8")
    assert "second_notice is gone" not in run("policy", "lint", "gone.yaml").stdout
    assert (
        "second_notice is gone; items that took it" in run("policy", "publish", "gone.yaml").stderr
    )


def test_an_entity_walks_the_policy_assigned_to_it(run: Run, scope: Scope) -> None:
    """From the next look on it is decided by the other policy; nobody else is."""
    said = run("policy", "assign", "MAIN", "aging").stderr
    assert said == "entity MAIN walks policy aging\n"
    table = run("policy", "list", "--format", "csv").stdout
    walks = {r["policy"]: r["entities"] for r in csv.DictReader(io.StringIO(table))}
    assert walks == {"aging": "MAIN", "classic": "", "high-risk": "", "key-account": "",
                     "net30": ""}  # fmt: skip
    assert "Policies" in run("policy", "list").stdout
    run("policy", "assign", "MAIN", "aging")
    assert "no entity 'SIDE'" in run("policy", "assign", "SIDE", "aging", code=3).stderr
    with pytest.raises(Misconfigured, match="publish it"):
        desk.assign(scope, "MAIN", "house", now=helpers.NOW)


def test_a_fresh_process_finds_the_data_folder(scope: Scope) -> None:
    """A command opens the data folder itself; nothing has loaded the database before it."""
    program = (
        "import click; from dunwell.cli import policy; main = click.Group(); "
        "policy.add_to(main); main(['policy', 'list', '--format', 'json'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert {r["policy"] for r in json.loads(done.stdout)} == set(policies.BUILT_IN)


def test_without_a_data_folder_there_is_nothing_to_preview(run: Run) -> None:
    """What needs a book says that there is none; what does not, works."""
    for words in (["preview", "classic"], ["publish", "classic"], ["list"]):
        assert "run `dunwell init` first" in run("policy", *words, code=3).stderr


# --- stories ----------------------------------------------------------------------------------

STORY = """
2026-02-02 invoice A-1 EUR 300.00 due 2026-03-02
2026-03-03 expect act first_reminder
2026-03-10 expect act second_notice
between 2026-03-11 and 2026-03-16, never anything
2026-03-17 expect act final_notice firm
"""


def test_a_story_is_told_under_a_policy(run: Run) -> None:
    """The same story holds under the built-in policy and fails under a changed one."""
    Path("one.story").write_text(STORY, "utf-8")
    assert run("story", "one.story").stderr == ("1 told, 0 not true; 4 expectations over 44 days\n")
    Path("house.yaml").write_text(changed(("day: 15", "day: 20")), "utf-8")
    found = run("policy", "test", "one.story", "--policy", "house.yaml", code=4)
    assert "one.story:6: " in found.stdout
    assert "expected `act final_notice firm`" in found.stdout
    assert found.stderr == "1 told, 1 not true; 4 expectations over 44 days\n"
    assert run("policy", "test", "one.story", "--policy", "classic").stdout == ""


def test_a_folder_of_stories_is_told_whole(run: Run) -> None:
    """Folders are searched through; machines get every failure with its line and day."""
    Path("tales/deep").mkdir(parents=True)
    Path("tales/one.story").write_text(STORY, "utf-8")
    Path("tales/deep/two.story").write_text(STORY.replace("firm", "severe"), "utf-8")
    rows_ = json.loads(run("story", "tales", "--format", "json", code=4).stdout)
    assert [(r["file"], r["is_true"]) for r in rows_] == [
        ("tales/deep/two.story", False), ("tales/one.story", True),
    ]  # fmt: skip
    assert [(w["line"], w["day"]) for w in rows_[0]["wrong"]] == [(6, "2026-03-17")]
    text = run("story", "tales", "--format", "csv", code=4).stdout
    assert [r["line"] for r in csv.DictReader(io.StringIO(text))] == ["6"]


def test_a_story_that_cannot_be_read_is_located(run: Run) -> None:
    """A line nobody understands is named with what would do; so is a file that is no story."""
    Path("odd.story").write_text(STORY + "2026-03-20 expects rain\n", "utf-8")
    found = run("story", "odd.story", code=4)
    assert found.stdout.startswith("odd.story:7: found '2026-03-20 expects rain'")
    Path("empty").mkdir()
    assert "no *.story file in empty" in run("story", "empty", code=3).stderr
    Path("odd.story").write_bytes(b"\xff\xfe")
    assert "is it a story?" in run("story", "odd.story", code=3).stderr
    Path("bad.yaml").write_text("policy: [", "utf-8")
    Path("one.story").write_text(STORY, "utf-8")
    run("policy", "test", "one.story", "--policy", "bad.yaml", code=4)
