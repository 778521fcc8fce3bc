"""What the pages of ideas claim is so: their stories are true, their figures are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pages
import pytest

from dunwell.core import segments
from dunwell.core.reasons import Reason
from dunwell.sim import story

CONCEPTS = pages.ROOT / "docs" / "concepts"
STORIES = [
    (page.name, text)
    for page in sorted(CONCEPTS.glob("*.md"))
    for text in re.findall(r"```story\n(.*?)```", page.read_text("utf-8"), re.S)
]
GRADED = re.compile(r"^\| (\d+) \| (\d+) \| (\d+) % \| (\d+) \| (yes|no) \| (\w+) \|$", re.M)


@pytest.mark.parametrize(("page", "text"), STORIES, ids=[name for name, _ in STORIES])
def test_the_stories_told_are_true(page: str, text: str, tmp_path: Path) -> None:
    """Each story of a page about an idea happens as it is told."""
    file = tmp_path / page.replace(".md", ".story")
    file.write_text(text, "utf-8")
    told = story.tell_file(file)
    assert [str(x) for x in (*told.complaints, *told.failures)] == []


def test_most_ideas_are_told_as_a_story() -> None:
    """A page without a story is about something that a calendar cannot show."""
    without = {p.stem for p in CONCEPTS.glob("*.md")} - {n.removesuffix(".md") for n, _ in STORIES}
    assert without <= {
        "days-outstanding", "grades", "reasons", "trail", "real-books", "simulated-year",
        "worklist",
    }  # fmt: skip


@pytest.mark.parametrize("row", GRADED.findall((CONCEPTS / "grades.md").read_text("utf-8")))
def test_the_grades_shown_are_the_grades_given(row: tuple[str, ...]) -> None:
    """Each line of the table of grades comes out as it says."""
    items, days, share, broken, placed, grade = row
    weight = 1_000_000
    known = segments.Known(
        items=int(items), weight_minor=weight, late_minor_days=int(days) * weight,
        late_minor=int(share) * weight // 100, broken_promises=int(broken),
        earlier_placement=placed == "yes",
    )  # fmt: skip
    assert segments.grade(known) == grade


def test_the_figures_of_the_page_on_grades_are_the_codes() -> None:
    """The page has an example on each side of each limit, and names every input."""
    text = (CONCEPTS / "grades.md").read_text("utf-8")
    assert len(GRADED.findall(text)) == 12
    assert f"fewer than {segments.LEAST_ITEMS} items" in text
    assert f"{segments.LATE_DAYS} or more days late" in text
    listed = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    history = ("items", "weight_minor", "late_minor_days", "late_minor", "broken_promises",
               "earlier_placement")  # fmt: skip
    assert listed == set(history)
    assert set(history) <= set(segments.Known.__struct_fields__)


def test_the_page_on_reasons_counts_them() -> None:
    """There are as many reasons as the page says."""
    text = (CONCEPTS / "reasons.md").read_text("utf-8")
    assert f"one of {len(Reason)} reasons" in text


def test_code_that_the_pages_name_is_there() -> None:
    """“Where it is made” names modules and functions that exist."""
    gone = []
    for page in sorted(CONCEPTS.glob("*.md")):
        text = page.read_text("utf-8").partition("Where it is made:")[2]
        for module, names in re.findall(r"`([\w/]+\.py)`(?: \(([^)]*)\))?", text):
            path = pages.ROOT / "src" / "dunwell" / module
            source = path.read_text("utf-8") if path.exists() else ""
            gone += [f"{page.name}: {module}"] if not source else []
            gone += [
                f"{page.name}: {module} {name}"
                for name in re.findall(r"`(\w+)`", names)
                if not re.search(rf"^(?:def|class) {name}\b", source, re.M)
            ]
    assert gone == []
