"""Documents that can fail: every command, option and shape of JSON as the pages say them."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from command import AT, dunwell
from django.db import connection

from databases import Database
from dunwell.cli import door
from dunwell.cli.main import main
from dunwell.core.scope import Scope
from dunwell.store import models, tx
from helpers import Book, customer, invoice

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = (REFERENCE / "commands.md", *sorted((REFERENCE / "casework").glob("*.md")))
COMMANDS = "\n".join(p.read_text("utf-8") for p in PAGES)
JSON = (ROOT / "docs" / "reference" / "json.md").read_text("utf-8")
JOURNAL = (ROOT / "docs" / "reference" / "journal.md").read_text("utf-8")
TEN = "2026-03-02T10:00+01:00"


def leaves(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with the words that name it."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield " ".join(path), command


def own(command: click.Command) -> Iterator[click.Option]:
    """Yield the options of a command that not all commands have."""
    for p in command.params:
        is_common = p.name in door.COMMON and not (p.name == "by" and p.metavar != "USER")
        if isinstance(p, click.Option) and not is_common:
            yield p


ALL = dict(leaves())


def sections(page: str) -> dict[str, str]:
    """Return the text under each heading of the third level."""
    parts = re.split(r"^### (.+)$", page, flags=re.MULTILINE)
    return dict(
        zip(parts[1::2], (re.split(r"^## ", p, flags=re.M)[0] for p in parts[2::2]), strict=True)
    )


def test_every_command_is_documented_and_no_other() -> None:
    """A command without a section, or a section without its command, breaks the build."""
    assert sorted(sections(COMMANDS)) == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_command_is_documented_as_it_is(name: str) -> None:
    """Its usage, what it does, and each option with its help, choices and default."""
    command, text = ALL[name], sections(COMMANDS)[name]
    context = click.Context(command, info_name=name)
    pieces = [p for p in command.collect_usage_pieces(context) if p != "[OPTIONS]"]
    usage = " ".join("KIND" if p.startswith("{") else p for p in pieces)
    assert f"`{f'dunwell {name} {usage}'.strip()}`" in text
    flat = " ".join(text.split())
    assert " ".join((command.help or "").split()) in flat
    rows = dict(re.findall(r"^\| `(--[a-z-]+)[^|]*\| (.+) \|$", text, flags=re.MULTILINE))
    assert sorted(rows) == sorted(o.opts[0] for o in own(command))
    for option in own(command):
        said = rows[option.opts[0]]
        assert said.startswith(option.help or "?"), option.opts[0]
        if isinstance(option.type, click.Choice):
            assert set(option.type.choices) <= set(re.findall(r"`([^`]+)`", said))
        assert ("needed" in said) == option.required, option.opts[0]


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_option_has_help(name: str) -> None:
    """`--help` says what it is for, what each option means, and ends well."""
    command = ALL[name]
    assert command.help
    assert command.help[0].isupper()
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.opts[0]
    done = CliRunner().invoke(main, [*name.split(), "--help"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Usage:" in done.stdout


def test_every_group_has_help() -> None:
    """A noun says what it is about."""
    groups = [c for c in main.commands.values() if isinstance(c, click.Group)]
    assert len(groups) >= 5
    assert all(g.help for g in (main, *groups))


def test_what_holds_for_all_commands_is_documented() -> None:
    """The options every command has, the exit codes, and where they may stand."""
    head = COMMANDS.split("## Set up")[0]
    for name in door.COMMON:
        assert f"`--{name} " in head
    for code in (0, door.REFUSED, door.COMPLAINTS, 2):
        assert f"{code} " in head


EXAMPLES = re.findall(r"^\$ dunwell (.+)$", COMMANDS, flags=re.MULTILINE)


def test_every_command_has_an_example() -> None:
    """At least one line to paste for each."""
    for name in ALL:
        assert any(f"{e} ".startswith(f"{name} ") for e in EXAMPLES), name


@pytest.mark.parametrize("words", EXAMPLES)
def test_an_example_can_be_pasted(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command understands it, where the files it names are there."""
    monkeypatch.chdir(tmp_path)
    for file in re.findall(r"\S+\.(?:csv|yaml)", words):
        Path(file).touch()
    Path("stories").mkdir()
    command: click.Command = main
    rest = shlex.split(words)
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    command.make_context("dunwell", rest)


# --- json.md ----------------------------------------------------------------------------------


@pytest.mark.one_database
def test_the_examples_of_json_are_what_is_printed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is played from top to bottom, and every answer is the one it shows."""
    monkeypatch.chdir(tmp_path)
    for name, body in re.findall(r"```csv (\S+)\n(.*?)```", JSON, flags=re.DOTALL):
        Path(name).write_text(body)
    dunwell("init", "--country", "DE", "--currency", "EUR", "--time-zone", "Europe/Berlin", at=TEN)
    shown = 0
    for block in re.findall(r"```console\n(.*?)```", JSON, flags=re.DOTALL):
        commands = re.findall(r"^\$ dunwell (.+)$", block, flags=re.MULTILINE)
        answers = re.split(r"^\$ dunwell .+$\n?", block, flags=re.MULTILINE)[1:]
        for words, answer in zip(commands, answers, strict=True):
            found = dunwell(*shlex.split(words), at=TEN).out
            if answer:
                assert found == answer, words
                shown += 1
    assert shown >= 12


def fields(title: str) -> set[str]:
    """Return the fields a section of the page lists in its table."""
    (text,) = re.findall(rf"^## {title}$(.*?)(?=^## |\Z)", JSON, flags=re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", text, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("explain", ["explain", "C-1"]),
        ("customer", ["customer", "show", "C-1"]),
        ("verify-journal", ["verify-journal"]),
        ("doctor", ["doctor"]),
    ],
)
def test_the_fields_listed_are_those_printed(
    scope: Scope, book: Book, title: str, words: list[str]
) -> None:
    """A field that is new or gone breaks the build."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    found = dunwell(*words, "--format", "json", at=AT).json
    printed = set(found[0] if isinstance(found, list) else found)
    assert printed == fields(title)


# --- journal.md -------------------------------------------------------------------------------


def verbs() -> set[str]:
    """Return the verb of every event the product appends."""
    found = set()
    for path in (ROOT / "src" / "dunwell").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            is_journal = isinstance(owner, ast.Name) and owner.id == "journal"
            if is_journal and node.func.attr in ("append", "event") and len(node.args) > 1:
                assert isinstance(node.args[1], ast.Constant), path
                found.add(str(node.args[1].value))
    return found


def test_every_verb_of_the_journal_is_documented() -> None:
    """An event somebody finds in the journal stands on the page, and no other."""
    (table,) = re.findall(r"^\| Verb .*?(?=\n\n)", JOURNAL, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"^\| `(\w+)`", table, flags=re.MULTILINE)) == verbs()
    assert len(verbs()) >= 20


@pytest.fixture
def worked(scope: Scope, book: Book) -> Scope:
    """A day's work in the journal, with letters that JSON must write as they are."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    dunwell("hold", "open", "C-1", "--reason", "asked", "--until", "2026-03-01", "--on",
            "2026-03-01", by='Zoë "Z" \\ Kern')  # fmt: skip
    dunwell("run", at=TEN)
    connection.close()
    return scope


def by_hand(file: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run the page's script, with nothing but Python's own library, on a database file."""
    (code,) = re.findall(r"```py\n(.*?)```", JOURNAL, flags=re.DOTALL)
    script = tmp_path / "by_hand.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, "-I", "-S", script, file], capture_output=True, text=True, check=False
    )


@pytest.mark.one_database
def test_the_script_of_the_page_finds_the_head(
    worked: Scope, database: Database, tmp_path: Path
) -> None:
    """What is computed by hand is what `verify-journal` says."""
    done = by_hand(Path(database.name), tmp_path)
    head = dunwell("verify-journal", "--format", "json").json["head"]
    assert (done.stderr, done.stdout) == ("", f"acme {head}\n")


@pytest.mark.one_database
def test_the_script_of_the_page_finds_a_changed_letter(
    worked: Scope, database: Database, tmp_path: Path
) -> None:
    """One letter of one event in a copy, and the seal that covers it does not fit."""
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(database.name, copy)
    with contextlib.closing(sqlite3.connect(copy)) as file, file:
        for (name,) in file.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE event SET refs = replace(refs, 'hold', 'bold')")
    done = by_hand(copy, tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"acme: seal \d+ does not fit\n", done.stderr)


def test_the_message_in_the_outbox_is_the_one_of_the_event(worked: Scope, home: Path) -> None:
    """SHA-256 of the file is what `sent` holds."""
    (mail,) = home.glob("outbox/acme/*/*.eml")
    with tx.transaction_of(worked):
        event = models.Event.objects.get(organisation_id=worked.organisation_id, verb="sent")
    refs = json.loads(event.refs)
    assert refs["key"] == mail.stem
    assert refs["sha256"] == hashlib.sha256(mail.read_bytes()).hexdigest()


def test_the_page_holds_json_only() -> None:
    """Every answer on the page parses, as one document or one a line."""
    answers = re.findall(r"^[{\[].*?(?=^```|^\$ )", JSON, flags=re.MULTILINE | re.DOTALL)
    assert len(answers) >= 12
    for answer in answers:
        try:
            json.loads(answer)
        except ValueError:
            assert all(json.loads(line) for line in answer.splitlines())
