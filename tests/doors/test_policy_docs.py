"""The pages about policies say what the program does: every field, fact, check and command."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import helpers
from dunwell import policies
from dunwell.cli import policy as door
from dunwell.core import lint, rows
from dunwell.core import policy as documents
from dunwell.core.scope import Scope
from dunwell.desk import proofread
from helpers import TODAY, customer, invoice

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = documents.schema()
PARTS = {
    "Document": "The document", "SettingsDoc": "Settings", "HoursDoc": "Hours",
    "SeasonDoc": "Season", "OpeningDoc": "Opening", "InterestDoc": "Interest",
    "SegmentDoc": "Segment",
    "ConditionDoc": "Condition", "CadenceDoc": "Cadence", "StepDoc": "Step",
    "ActionDoc": "Action", "RequireDoc": "Requirement", "ProposeDoc": "Proposal",
    "OutcomeDoc": "Outcome", "AgencyDoc": "Agency", "RecoveryDoc": "Recovery",
    "PromisesDoc": "Promises", "PlansDoc": "Plans",
}  # fmt: skip
"""Each part of the schema and the heading its fields stand under."""


def part_of(name: str) -> dict[str, Any]:
    """Return one part of the schema."""
    return SCHEMA if name == "Document" else SCHEMA["$defs"][name]


def rows_of(name: str) -> Iterator[str]:
    """Write the rows the reference must have for one part."""
    part = part_of(name)
    for field, said in part["properties"].items():
        default = "required" if field in part.get("required", ()) else default_of(said)
        yield f"| `{field}` | {kind_of(said)} | {default} | {said['description']} |"


def facts_of(name: str) -> Iterator[str]:
    """Write how the rows of the vocabulary of facts must begin."""
    for fact, said in part_of(name)["properties"].items():
        kind = kind_of(said).replace("`true` or `false`", "yes or no")
        yield f"| `{fact}` | {kind} | {said.get('x-unit', '-')} | {said['description']} |"


def kind_of(said: dict[str, Any]) -> str:
    """Say what may stand in a field."""
    choices = [x for x in said.get("anyOf", ()) if x.get("type") != "null"]
    if [x["type"] for x in choices if "type" in x] == ["number", "string"]:
        return "amount"
    said = choices[0] if choices else said
    if "$ref" in said:
        title = PARTS[said["$ref"].rpartition("/")[2]]
        return f"[{title.lower()}](#{title.lower()})"
    if "enum" in said:
        return ", ".join(f"`{x}`" for x in said["enum"])
    if said["type"] == "array":
        return f"list of {kind_of(said['items'])}"
    if said["type"] == "object":
        return f"{kind_of(said['additionalProperties'])} by name"
    return {"integer": "whole number", "boolean": "`true` or `false`", "string": "text"}[
        said["type"]
    ]


def default_of(said: dict[str, Any]) -> str:
    """Say what holds where a field is left out."""
    value = said["default"]
    if value in (None, ""):
        return "-"
    if value in ([], {}):
        return "none"
    if isinstance(value, dict):
        return "see there"
    if isinstance(value, list):
        texts = [f"{x['first']} to {x['last']}" if isinstance(x, dict) else x for x in value]
        return ", ".join(f"`{x}`" for x in texts)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text[:5] if re.fullmatch('..:..:00', text) else text}`"


def section(page: str, heading: str) -> str:
    """Return what stands under a heading of a page."""
    text = (DOCS / page).read_text("utf-8")
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.S | re.M)
    assert found is not None, f"{page} has no heading {heading!r}"
    return found[1]


@pytest.mark.parametrize("name", PARTS)
def test_the_reference_has_every_field(name: str) -> None:
    """Each field stands under its heading with type, default and meaning, and nothing else does."""
    text = section("reference/policy.md", PARTS[name])
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == list(rows_of(name))


def test_the_reference_knows_every_part() -> None:
    """No part of the schema is without a heading."""
    assert set(PARTS) == {"Document", *SCHEMA["$defs"]}


@pytest.mark.parametrize(
    ("name", "heading"),
    [("ConditionDoc", "Facts of a condition"), ("RequireDoc", "Facts of a requirement")],
)
def test_the_vocabulary_has_every_fact(name: str, heading: str) -> None:
    """Each fact is listed with type, unit and sentence, and no other is."""
    text = section("reference/facts.md", heading)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    wanted = list(facts_of(name))
    assert [row[: len(w)] for row, w in zip(rows, wanted, strict=True)] == wanted


def test_the_reference_has_every_check_of_the_linter() -> None:
    """Each finding's code is explained, in the order of `lint.CHECKS`."""
    text = section("reference/policy.md", "What the linter looks for")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{c}` | {how} | {said} |" for c, (how, said) in lint.CHECKS.items()]


@pytest.mark.parametrize("page", ["reference/policy.md", "reference/facts.md"])
def test_the_policies_shown_can_be_published(page: str) -> None:
    """Every policy a page shows has no error."""
    shown = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.S)
    assert shown
    for text in shown:
        document, complaints = policies.read(text, file=page)
        assert complaints == []
        assert document is not None
        assert [f for f in proofread.run(document) if f.severity == "error"] == []


def test_the_reference_lists_every_command() -> None:
    """Each command about policies has its line."""
    group = click.Group()
    door.add_to(group)
    inner = group.commands["policy"]
    assert isinstance(inner, click.Group)
    wanted = {*(f"policy {name}" for name in inner.commands), "story"}
    text = section("reference/policy.md", "Commands")
    listed = set(re.findall(r"^\| `dunwell (policy \w+|\w+)", text, re.M))
    assert listed == wanted
    built_in = section("reference/policy.md", "Built-in policies")
    assert set(re.findall(r"^\| `([\w-]+)`", built_in, re.M)) == set(policies.BUILT_IN)


GUIDE = DOCS / "guides" / "write-a-policy.md"
DOING = re.compile(
    r"[Cc]hange\s`(?P<old>[^`]+)` to `(?P<new>[^`]+)`"
    r"|Save this as `(?P<file>[^`]+)`:\n\n```\n(?P<text>.*?)```"
    r"|```console\n(?P<shell>.*?)```",
    re.S,
)
"""What a reader of the guide does: change a number, save a file, run commands."""


def test_the_guide_can_be_followed(
    scope: Scope, book: helpers.Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doing what the guide says, in its order, prints what it shows."""
    monkeypatch.chdir(tmp_path)
    book.customers(customer("C-1"), customer("C-2"), customer("C-3"))
    due_on, taken_on = TODAY - dt.timedelta(days=13), TODAY - dt.timedelta(days=5)
    book.items(
        invoice("A-1", 30_000, customer="C-1", due_on=due_on),
        invoice("A-2", 125_050, customer="C-2", due_on=due_on),
        invoice("A-3", 8_000, customer="C-3", due_on=TODAY - dt.timedelta(days=4)),
    )
    taken = [
        rows.HistoryRow(line=2, customer=c, item=i, step="second_notice", on=taken_on,
                        channel="email")
        for c, i in (("C-1", "A-1"), ("C-2", "A-2"))
    ]  # fmt: skip
    book.take("history", *taken)
    done = 0
    for found in DOING.finditer(GUIDE.read_text("utf-8")):
        done += 1
        if found["old"]:
            policy = Path("house.yaml").read_text("utf-8")
            assert found["old"] in policy
            Path("house.yaml").write_text(policy.replace(found["old"], found["new"], 1), "utf-8")
        elif found["file"]:
            Path(found["file"]).write_text(found["text"], "utf-8")
        else:
            for command in re.split(r"^\$ ", found["shell"], flags=re.M)[1:]:
                line, _, shown = command.partition("\n")
                assert typed(line, shown) == shown
    assert done == 13


def typed(line: str, shown: str) -> str:
    """Type a command as the guide shows it; return what it prints, if the guide shows that."""
    line, _, target = line.partition(" > ")
    words = shlex.split(line)
    assert words[0] == "dunwell"
    group = click.Group(params=[click.Option([f"--{n}"]) for n in ("by", "at", "home",
                                                                  "organisation")])  # fmt: skip
    door.add_to(group)
    printed = CliRunner().invoke(group, ["--at", "2026-03-02T08:00+00:00", *words[1:]])
    if target:
        Path(target).write_text(printed.stdout, "utf-8")
        return shown
    assert printed.exit_code in (0, 4), printed.output
    return "".join(f"{row.rstrip()}\n" for row in printed.output.splitlines()) if shown else ""
