"""Make docs/reference/errors.md: each error as a small file and a command, with what is said.

The samples stand in `errors/`, one file a section. In them `= TEXT` heads a section, `== TEXT` a
sample; `--- NAME` begins a file of the sample (`--- NAME (bytes)`: with Python's escapes), `$ `
a command, `@ nothing set up` asks for an empty folder. KEY in a command is the first action
key that an earlier one printed.

    .venv/bin/python tests/house/gallery.py     writes the page anew
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import pages  # noqa: E402  found by the line above where this is run as a program

import databases  # noqa: E402

HERE = Path(__file__).parent / "errors"
PAGE = pages.ROOT / "docs" / "reference" / "errors.md"
AT = "2026-03-02T08:00+01:00"
BASE = {
    "customers.csv": "reference,name,country,email\nC-1,Lowry Sign Works,DE,ap@lowry.example\n",
    "items.csv": "customer,number,due_on,amount,currency\n"
    "C-1,R-1,2026-01-15,900.00,EUR\nC-1,R-2,2025-12-01,400.00,EUR\nC-1,R-3,2026-02-20,50.00,EUR\n",
    "history.csv": "customer,item,step,date,channel\nC-1,R-2,pre_collections,2026-02-10,email\n",
}
"""The book the samples are tried on: one customer, one invoice at the end of its ladder."""


@dataclass
class Sample:
    """One error: its word, a sentence, files to write and commands to type."""

    title: str
    says: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    is_bare: bool = False


@dataclass
class Section:
    """Samples that have something in common."""

    title: str
    says: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


def sections() -> Iterator[Section]:
    """Yield the sections of `errors/`, in the order of their files."""
    for path in sorted(HERE.glob("*.txt")):
        lines = path.read_text("utf-8").splitlines()
        found = Section(lines[0].removeprefix("= "))
        part: Section | Sample = found
        file = ""
        for line in lines[1:]:
            if line.startswith("== "):
                part = Sample(line.removeprefix("== "))
                found.samples.append(part)
                file = ""
            elif isinstance(part, Section):
                part.says.append(line)
            elif line.startswith("--- "):
                file = line.removeprefix("--- ")
                part.files[file] = ""
            elif line.startswith("$ "):
                part.commands.append(line.removeprefix("$ "))
                file = ""
            elif line == "@ nothing set up":
                part.is_bare = True
            elif file and line:
                part.files[file] += line + "\n"
            elif line:
                part.says.append(line)
        yield found


def page(made: databases.Sqlite, work: Path) -> str:
    """Return the whole page, every sample tried on a book of its own."""
    base = work / "base"
    base.mkdir()
    made.fresh(base / ".dunwell")
    with _inside(base):
        _write(BASE)
        for line in (
            "dunwell init --currency EUR --time-zone Europe/Berlin --country DE",
            *(f"dunwell import {name.removesuffix('.csv')} {name}" for name in BASE),
        ):
            said, code = pages.type_in(line, at=AT)
            assert code == 0, said
    databases.point("")
    parts = [(HERE / "head.md").read_text("utf-8")]
    for section in sections():
        parts.append(f"## {section.title}\n\n" + "\n".join(section.says).strip() + "\n")
        parts += [
            _shown(sample, work / f"{section.title}-{n}".replace(" ", "-"), base / ".dunwell")
            for n, sample in enumerate(section.samples)
        ]
    not_shown = (HERE / "not-shown.md").read_text("utf-8")
    return "\n".join([*parts, f"## Not shown here\n\n{not_shown}"])


def _shown(sample: Sample, folder: Path, base: Path) -> str:
    folder.mkdir()
    if not sample.is_bare:
        shutil.copytree(base, folder / ".dunwell")
    title = f"`{sample.title}`" if re.fullmatch(r"[a-z_.]+", sample.title) else sample.title
    blocks = [f"### {title}\n"]
    if sample.says:
        blocks.append("\n".join(sample.says) + "\n")
    for name, text in sample.files.items():
        if text and not name.endswith(" (bytes)"):
            blocks.append(f"`{name}`:\n\n```\n{text}```\n")
    key = "KEY"
    said = []
    with _inside(folder):
        _write(sample.files)
        for command in sample.commands:
            said.append(_typed(command.replace("KEY", key), folder))
            found = re.search(r"\b[0-9a-f]{32}\b", said[-1])
            key = found[0] if found else key
    blocks.append("```console\n" + "".join(said) + "```\n")
    return "\n".join(blocks)


def _typed(command: str, folder: Path) -> str:
    printed, code = pages.type_in(command, at=AT)
    printed = printed.replace(f"{folder}/", "").replace(str(folder), ".")
    printed = re.sub(r"[\d,]+ MiB", "… MiB", printed)
    shown = f"$ {command}\n" + (f"{printed}\n" if printed else "")
    return shown + (f"[exit code {code}]\n" if code else "")


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Be a person in a folder with its own data folder."""
    was, there = os.environ.pop("DUNWELL_HOME", None), Path.cwd()
    os.chdir(folder)
    databases.point(str(folder / ".dunwell" / "dunwell.sqlite3"))
    try:
        yield
    finally:
        os.chdir(there)
        databases.point("")
        if was is not None:
            os.environ["DUNWELL_HOME"] = was


def _write(files: dict[str, str]) -> None:
    for name, text in files.items():
        plain = name.removesuffix(" (bytes)")
        Path(plain).parent.mkdir(parents=True, exist_ok=True)
        data: Any = text.encode()
        if plain != name:
            data = text.removesuffix("\n").encode().decode("unicode_escape").encode("latin-1")
        Path(plain).write_bytes(data)


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory(prefix="dunwell-errors-") as name:
        work = Path(name)
        for variable in [n for n in os.environ if n.startswith("DUNWELL_")]:
            del os.environ[variable]
        made = databases.Sqlite(work)
        made.migrate()
        PAGE.write_text(page(made, work), "utf-8")


if __name__ == "__main__":
    main()
