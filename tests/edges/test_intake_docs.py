"""The reference and the guide say what the reader does: no column, key or refusal is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from intake_helpers import read, written

from dunwell import intake
from dunwell.intake import kinds, mapping

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/files.md").read_text("utf-8")
GUIDE = (ROOT / "docs/guides/import.md").read_text("utf-8")


def rows_of(heading: str) -> list[str]:
    """Return the first cell of each row of the table below a heading."""
    section = REFERENCE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    return [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("kind", intake.KINDS)
def test_the_reference_lists_every_column_and_what_is_required(kind: str) -> None:
    """Each kind's table has exactly the columns there are, the required ones marked."""
    cells = rows_of(f"### {kind}")
    listed = [n for cell in cells for n in re.findall(r"`(\w+)`", cell)]
    marked = [n for cell in cells if "•" in cell for n in re.findall(r"`(\w+)`", cell)]
    assert sorted(listed) == sorted(kinds.ALL[kind].columns)
    assert tuple(marked) == kinds.ALL[kind].required


@pytest.mark.parametrize("kind", intake.KINDS)
def test_the_reference_says_how_long_a_cell_may_be(kind: str) -> None:
    """Where a column has a limit of its own, the reference names it."""
    section = REFERENCE.partition(f"\n### {kind}\n")[2].partition("\n##")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    for field in kinds.ALL[kind].fields:
        if field.shape in ("code", "text", "lines"):
            shape = next(cells[3] for cells in rows if f"`{field.name}`" in cells[1])
            assert str(field.limit) in shape, field.name


def test_the_reference_lists_every_key_of_a_mapping() -> None:
    """Each key a mapping can have stands in the table, and no other."""
    listed = [n for cell in rows_of("## The mapping file") for n in re.findall(r"`(\w+)`", cell)]
    assert sorted(listed) == sorted(mapping.KEYS)


def test_the_reference_lists_every_refusal() -> None:
    """Each word with which a file can be refused stands in the table, and no other."""
    source = "".join(p.read_text("utf-8") for p in (ROOT / "src/dunwell/intake").rglob("*.py"))
    raised = set(re.findall(r"Refused\(\s*\"(\w+)\"", source))
    section = REFERENCE.partition("## What is refused as a whole")[2]
    listed = {
        n
        for line in section.splitlines()
        if line.startswith("| `")
        for n in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert listed == raised


@pytest.mark.parametrize("n", range(len(re.findall(r"```yaml\n", GUIDE))))
def test_every_mapping_of_the_guide_can_be_used(n: int, tmp_path: Path) -> None:
    """What people copy from the guide is a mapping."""
    text = re.findall(r"```yaml\n(.*?)```", GUIDE, re.S)[n]
    assert intake.load_mapping(written(tmp_path, text, "map.yaml")) != intake.Mapping()


OPEN_ITEMS = """\
Offene Posten;;;;;;;
Stand 31.01.2026;;;;;;;
Debitor;Name 1;Beleg;Art;Belegdatum;Nettofällig;Betrag;Offen
0000471;Hartmann & Söhne;90001;RE;05.01.2026;04.02.2026;1.234,50;1.234,50
0000471;Hartmann & Söhne;90002;RE;12.01.2026;31.02.2026;310,00;310,00
0000471;Hartmann & Söhne;90003;GS;14.01.2026;14.01.2026;-50,00;-50,00
0000502;Vega Ltd;90004;RE;20.01.2026;19.02.2026;2.000,00;800,00
0000502;Vega Ltd;90005;RE;20.01.2026;19.02.2026;-75,00;-75,00
Summe;;;;;;3.419,50;2.219,50
""".encode("cp1252")


def test_what_the_guide_shows_is_what_people_see(tmp_path: Path) -> None:
    """The list the guide tells of gives the very complaints, notes and guesses it prints."""
    plain = read(tmp_path, OPEN_ITEMS, name="op.csv")
    mapped = read(
        tmp_path,
        OPEN_ITEMS,
        name="op.csv",
        mapping=re.findall(r"```yaml\n(.*?)```", GUIDE, re.S)[0],
    )
    said = {line.strip() for line in GUIDE.splitlines()}
    assert {str(c) for c in (*mapped.errors, *mapped.notes)} <= said
    assert {f"op.csv: {g}" for g in mapped.guesses} <= said
    shown = [line for line in said if line.startswith("op.csv:") and "(items" not in line]
    seen = {str(c) for c in (*plain.errors, *mapped.errors, *mapped.notes)} | {
        f"op.csv: {g}" for g in (*plain.guesses, *mapped.guesses)
    }
    assert set(shown) <= seen
    assert mapped.numbers == ["90001", "90003", "90004", "90005"]
    assert sum(r.open_minor * (-1 if r.kind == "credit_note" else 1) for r in mapped.rows) == (
        221_950 - 31_000
    )
