"""Every story is a test of its own: told by the core alone, and looked at again in time."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

from dunwell.core.decision import Act, Ask, Wait
from dunwell.sim import story
from dunwell.sim.story.player import Ran
from dunwell.sim.story.told import Check, Story

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.story"))


def name_of(path: Path) -> str:
    return str(path.relative_to(HERE).with_suffix(""))


@functools.cache
def told(path: Path) -> tuple[Story, Check, story.Player]:
    read, complaints = story.parse(path.read_text("utf-8"), file=name_of(path))
    assert not complaints, "\n".join(map(str, complaints))
    player = story.Player(
        policy_named=story.policies_near(path.parent), calendar_of=story.calendar_of
    )
    return read, story.tell(read, player), player


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_story_is_true(path: Path) -> None:
    """Everything the story expects is what the policy decides."""
    _, check, _ = told(path)
    assert not check.failures, "\n" + "\n".join(map(str, check.failures))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_story_is_looked_at_again_in_time(path: Path) -> None:
    """Until the day to look again, with no event, the outcome and the first reason stay (2.7)."""
    read, check, player = told(path)
    for before, after in zip(check.runs, check.runs[1:], strict=False):
        is_moved = any(before.on <= day <= after.on for day in player.woken) or any(
            before.on < day <= after.on for day in read.events
        )
        is_moved = is_moved or any(e.when.time for e in read.events.get(before.on, ()))
        if is_moved or isinstance(before.made, Act) or after.on == before.on:
            continue
        look = before.made.look_again_on
        if look is None or after.on < look:
            assert outcome(after) == outcome(before), (
                f"{before.on}: {story.say(before, player)}; "
                f"but on {after.on}: {story.say(after, player)}"
            )


def outcome(ran: Ran) -> tuple[str, ...]:
    """Return what must not change by itself: the verdict, and its first reason."""
    if isinstance(ran.made, Wait):
        return ("wait", str(ran.made.reason))
    if isinstance(ran.made, Ask):
        return ("ask", *(f"{a.what} {a.step}" for a in ran.made.asks))
    return ("act", ran.made.step)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_story_names_its_rule(path: Path) -> None:
    """A story opens with the rule in one sentence, and says what must not happen."""
    text = path.read_text("utf-8")
    assert re.match(r"# \S.*\(SEMANTICS \d", text), "begin with `# The rule … (SEMANTICS 4.2).`"
    assert "never " in text or "always " in text or " expect wait " in text


def test_the_rules_lead_to_stories() -> None:
    """Each path on the page of rules is a story; each row of a rule names one at least."""
    page = (HERE / "README.md").read_text("utf-8")
    rows = [r for r in page.splitlines() if re.match(r"\| (?!Rule|Object|Example|-)", r)]
    assert len(rows) > 40
    for row in rows:
        found = re.findall(r"`(\w+/\w+)`", row)
        assert found, row
        missing = [name for name in found if not (HERE / f"{name}.story").is_file()]
        assert not missing, row
