"""Documents that can fail: every command, option and shape of JSON as the pages say them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from command import AT, dunwell

from databases import Database
from dunwell.cli import door
from dunwell.cli.main import main
from dunwell.core.scope import Scope
from helpers import Book, customer, invoice

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
JSON = (ROOT / "docs" / "reference" / "json.md").read_text("utf-8")
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


def test_the_page_holds_json_only() -> None:
    """Every answer on the page parses, as one document or one a line."""
    answers = re.findall(r"^[{\[].*?(?=^```|^\$ )", JSON, flags=re.MULTILINE | re.DOTALL)
    assert len(answers) >= 12
    for answer in answers:
        try:
            json.loads(answer)
        except ValueError:
            assert all(json.loads(line) for line in answer.splitlines())
