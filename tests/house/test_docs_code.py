"""What the pages say of the code is so: names, commands, links to headings, figures."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import excerpt
import pages
import pytest

from dunwell.cli.main import main

ROOT = pages.ROOT
SOURCE = ROOT / "src" / "dunwell"
READ = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = {p.name for p in SOURCE.iterdir() if p.is_dir()}


def is_there(name: str) -> bool:
    """Tell whether a dotted name leads to a module, a function, a class or a method."""
    at, rest = SOURCE, name.split(".")
    while rest and ((at / rest[0]).is_dir() or (at / f"{rest[0]}.py").exists()):
        at = at / rest[0] if (at / rest[0]).is_dir() else at / f"{rest[0]}.py"
        rest = rest[1:]
    file = at / "__init__.py" if at.is_dir() else at
    body = ast.parse(file.read_text("utf-8")).body
    for word in rest:
        found = next((node for node in body if word in names_of(node)), None)
        if found is None:
            return False
        body = getattr(found, "body", [])
    return True


def names_of(node: ast.stmt) -> set[str]:
    """Return the names a statement makes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.ImportFrom):
        return {a.asname or a.name for a in node.names}
    if isinstance(node, ast.Assign):
        return {t.id for t in node.targets if isinstance(t, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


def test_names_in_the_architecture_are_there() -> None:
    """Every module and function of the page on architecture exists, under that name."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = [n for n in re.findall(r"`([a-z_]+(?:\.\w+)*)`", text) if n.split(".")[0] in ROOMS]
    assert len(named) > 70
    assert [n for n in dict.fromkeys(named) if not is_there(n)] == []


def test_the_architecture_has_every_room() -> None:
    """Each folder of the tree has its line in the table of rooms."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Rooms")[2]
    listed = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    assert listed == {r for r in ROOMS if not r.startswith("_")}


PATH = re.compile(r"\b((?:src/dunwell|tests|docs|bench|scripts|changelog\.d)/[\w/.-]*\w)")


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_files_named_are_there(page: str) -> None:
    """Every file and folder these pages name exists."""
    text = (ROOT / page).read_text("utf-8")
    inner = re.findall(r"`((?:core|store|desk|intake|delivery|web)/[\w/.]+)`", text)
    gone = [p for p in PATH.findall(text) if not (ROOT / p).exists()]
    gone += [p for p in inner if not (SOURCE / p).exists()]
    assert gone == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("0*.md")))
def test_decisions_name_code_that_is_there(page: Path) -> None:
    """A decision is dated, says its price, and names modules and functions that exist."""
    text = page.read_text("utf-8")
    assert re.search(r"^\d+ \w+ \d{4}$", text, re.M)
    assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Price"))
    gone = [
        module
        for module in re.findall(r"`([\w/]+\.py)`", text)
        if not ((SOURCE / module).exists() or (ROOT / module).exists())
    ]
    for module, name in re.findall(r"`([\w/]+\.py)`,? \(?`(\w+)`", text):
        source = (SOURCE / module).read_text("utf-8") if (SOURCE / module).exists() else ""
        if not re.search(rf"^ *(?:def|class) {name}\b|^{name}\b", source, re.M):
            gone.append(f"{module} {name}")
    assert gone == []


def test_the_list_of_decisions_has_each() -> None:
    """Every decision has its line in the list, in order."""
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^\| \[\d+\]\(([^)]+)\)", (folder / "README.md").read_text("utf-8"), re.M)
    assert listed == [p.name for p in sorted(folder.glob("0*.md"))]


def shown_commands() -> Iterator[tuple[str, str]]:
    """Yield every command the pages show in consoles, with its page."""
    for page in READ:
        for block in re.findall(r"```(?:console|sh)?\n(.*?)```", page.read_text("utf-8"), re.S):
            for line in re.findall(r"^\$ (dunwell .*)$", block, re.M):
                yield page.name, line


def test_commands_shown_exist_with_their_options() -> None:
    """Every command a page shows is one, and knows the options it is given."""
    shown = list(shown_commands())
    assert len(shown) > 100
    assert [f"{page}: {line}" for page, line in shown if not is_typed_well(line)] == []


def is_typed_well(line: str) -> bool:
    """Tell whether a command line leads to a command that has the options named."""
    at: click.Command = main
    known = {o for p in main.params for o in p.opts} | {"--help"}
    for word in shlex.split(line.partition(" > ")[0], comments=True)[1:]:
        if isinstance(at, click.Group) and not word.startswith("-"):
            if word not in at.commands:
                return False
            at = at.commands[word]
            known |= {o for p in at.params for o in (*p.opts, *p.secondary_opts)}
        elif word.startswith("--") and word.partition("=")[0] not in known:
            return False
    return not isinstance(at, click.Group)


def slug(heading: str) -> str:
    """Return the anchor a heading gets where these pages are read."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def test_links_to_headings_lead_to_one() -> None:
    """A link with # leads to a heading that is there."""
    headings = {
        page.resolve(): {slug(h) for h in re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.M)}
        for page in READ
    }
    broken = [
        f"{page.name}: {target}#{anchor}"
        for page in READ
        for target, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", page.read_text("utf-8"))
        if anchor not in headings.get((page.parent / target if target else page).resolve(), ())
    ]
    assert broken == []


def test_the_index_has_every_page() -> None:
    """Each page of the documentation can be found from docs/README.md; decisions have their own."""
    folder = ROOT / "docs"
    text = (folder / "README.md").read_text("utf-8")
    linked = {(folder / link).resolve() for link in re.findall(r"\]\(([^)#]+)", text)}
    pages_there = {p.resolve() for p in folder.rglob("*.md") if not p.name[0].isdigit()}
    missing = pages_there - linked - {(folder / "README.md").resolve()}
    assert sorted(p.relative_to(folder).as_posix() for p in missing) == []


def test_fragments_of_the_changelog_say_their_kind() -> None:
    """A fragment is named by its kind, so that a release can sort them."""
    kinds = ("added-", "changed-", "fixed-", "removed-", "README")
    wrong = [p.name for p in (ROOT / "changelog.d").iterdir() if not p.name.startswith(kinds)]
    assert wrong == []


def test_the_speed_named_was_measured() -> None:
    """The CPU seconds of the README are those of the bench's own page."""
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    bench = (ROOT / "bench" / "README.md").read_text("utf-8")

    def measured(row: str) -> str:
        found = re.search(rf"^\| Dunwell {row} \| ([\d.]+) ", bench, re.M)
        assert found is not None
        return f"{float(found[1]):.2f}"

    said = (
        f"{measured('propose')} CPU seconds to propose, {measured('look')} to decide and keep, "
        f"{measured('quiet')} when nothing has happened since"
    )
    assert said in text


@pytest.mark.long
def test_the_report_shown_is_the_demos(tmp_path: Path) -> None:
    """What the README shows of the demo is what it prints; `excerpt.py` writes it anew."""
    assert excerpt.made(tmp_path / "demo") == excerpt.shown()
