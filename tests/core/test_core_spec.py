"""docs/spec says what the program does: its tables are compared with it, row by row."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from casebook import credit, day, facts, invoice, stop

from dunwell.core import book, keys, ladder, position, segments, standing, stops
from dunwell.core import policy as policies
from dunwell.core.reasons import SENTENCES, Reason

SPEC = Path(__file__).parents[2] / "docs" / "spec"


def table(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the table whose heading row holds these words."""
    rows: list[list[str]] = []
    inside = False
    for line in (SPEC / f"{page}.md").read_text("utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
        elif heading in line:
            inside = True
        elif inside and not set(line) <= set("|- "):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    assert rows, heading
    return rows


def test_every_reason_stands_in_order_with_its_sentence() -> None:
    """The table of reasons.md is the enum."""
    found = [(int(n), code.strip("`"), text) for n, code, text, *_ in table("reasons", "Sentence")]
    assert found == [(n, str(r), SENTENCES[r]) for n, r in enumerate(Reason, start=1)]


def test_every_kind_of_stop_stands_with_its_reason() -> None:
    """The table of standing.md is what the program asks."""
    found = {k.strip("`"): r.strip("`") for k, r, _ in table("standing", "Reason while it holds")}
    known = {kind: str(r) for r, kind in standing._WHOLE.items()}
    known |= {kind: str(r) for r, kinds in standing.COVERING.items() for kind in kinds}
    assert found == known


AGES = [
    [],
    [stop("hold", "2026-03-05", "2026-03-09")],
    [stop("hold", "2026-03-05", "2026-03-09"), stop("dispute", "2026-03-07", "2026-03-12")],
    [stop("dispute", "2026-03-05", items=["A"], minor=99_00)],
    [stop("hold", "2026-03-05")],
    [stop("promise", "2026-03-05", "2026-03-19", gives_back=True)],
    [stop("dispute", "2026-03-05", "2026-03-16", clock="2026-03-09")],
]


def test_the_ages_of_the_examples_are_the_programs() -> None:
    """An invoice due on 1 March, on the 20th."""
    item = invoice("A", due="2026-03-01")
    rows = table("standing", "Age on 20 March")
    for found, (_, age) in zip(AGES, rows, strict=True):
        quiet = stops.quiet_days(item, stops=found)
        assert ladder.cadence_age(item, quiet=quiet, as_of=day("2026-03-20")) == int(age)


def _named(*amounts: int, on: str) -> list[book.Item]:
    return [credit(f"N{n}", minor, names=on) for n, minor in enumerate(amounts)]


_DISPUTED = [stop("dispute", "2026-03-01", items=["A"], minor=30_00)]
NETTED: list[tuple[list[book.Item], int, list[book.Stop]]] = [
    ([], 30_00, []),
    ([], 130_00, []),
    (_named(130_00, on="B"), 0, []),
    (_named(100_00, on="A"), 50_00, []),
    (_named(50_00, on="A"), 0, _DISPUTED),
    (_named(30_00, 30_00, on="A"), 0, _DISPUTED),
    ([], 50_00, [stop("hold", "2026-03-01", items=["A"])]),
]


def test_the_nets_of_the_examples_are_the_programs() -> None:
    """Three invoices of 100.00 on 1 April."""
    items = [invoice(n, due=due) for n, due in
             (("A", "2026-02-01"), ("B", "2026-03-01"), ("C", "2026-05-01"))]  # fmt: skip
    rows = table("allocation", "| Besides |")
    for (notes, cash, found), (_, *nets) in zip(NETTED, rows, strict=True):
        seen = facts(items=[*items, *notes], stops=found, unapplied=[("EUR", cash)] if cash else [])
        made = position.stand(seen, as_of=day("2026-04-01")).standings
        assert [s.net_minor for s in made] == [int(Decimal(n) * 100) for n in nets]


@pytest.mark.parametrize("row", table("keys", "| Organisation |"), ids=lambda r: f"attempt {r[8]}")
def test_the_keys_of_the_examples_are_the_programs(row: list[str]) -> None:
    """Anybody can work a key out from the page."""
    organisation, entity, customer, case_no, step, lead, channel, role, attempt, key = row
    kind, number = lead.split()
    seen = facts(organisation=organisation, entity=entity, customer=customer)
    made = keys.action_key(
        seen, case_no=int(case_no), step=step, lead=invoice(number, due="2026-03-01", kind=kind),
        channel=channel, role=role, attempt=int(attempt),
    )  # fmt: skip
    assert made == key.strip("`")


def test_the_grades_of_the_table_are_the_programs() -> None:
    """At each edge, and one step beyond it."""
    grades = [r[0].strip("`") for r in table("segments", "Weighted days late")]
    for (name, days, share), worse in zip(
        table("segments", "Weighted days late")[:-1], grades[1:], strict=True
    ):
        at = {"items": 3, "weight_minor": 100, "late_minor_days": int(days) * 100}
        late = 100 if share == "any" else int(share.rstrip("%"))
        assert segments.grade(segments.Known(**at, late_minor=late)) == name.strip("`")
        beyond = at | {"late_minor_days": (int(days) + 1) * 100}
        assert segments.grade(segments.Known(**beyond, late_minor=late)) == worse


def test_the_settings_and_fields_named_exist() -> None:
    """What stands in code letters and looks like a setting is one, or a field of a step."""
    known = {
        *policies.SettingsDoc.model_fields, *policies.StepDoc.model_fields,
        *policies.RequireDoc.model_fields, *policies.OutcomeDoc.model_fields,
        *policies.SegmentDoc.model_fields, *policies.ProposeDoc.model_fields,
        *map(str, Reason), *(k for kinds in standing.COVERING.values() for k in kinds),
        *standing._WHOLE.values(), "hardship", "pre_due", "due", "as_of", "look_again_on",
        "unknown", "excellent", "good", "fair", "poor", "vip", "standard", "high_risk", "attempt",
    }  # fmt: skip
    for page in SPEC.glob("*.md"):
        for word in re.findall(r"`([a-z_]+)`", page.read_text("utf-8")):
            assert word in known, f"{page.name}: {word}"


def test_the_pages_point_at_headings_that_exist() -> None:
    """A link within the spec leads somewhere."""
    anchors = {
        page.name: {
            re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in page.read_text("utf-8").splitlines()
            if line.startswith("#")
        }
        for page in SPEC.glob("*.md")
    }
    for page in SPEC.glob("*.md"):
        for target, anchor in re.findall(r"\]\((\w+\.md)(?:#([\w-]+))?\)", page.read_text("utf-8")):
            assert target in anchors, f"{page.name}: {target}"
            assert not anchor or anchor in anchors[target], f"{page.name}: {target}#{anchor}"
