"""What a story expects, and how a decision is said: one language for both.

A decision is spoken as a head (`act STEP TONE`, `ask WHAT by ROLE`, `wait REASON`) and clauses
after commas. What an expectation states must be exactly so; what it leaves out is free. After
`never`, a clause holds as soon as one of the things it names is there. Must not know: events.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dunwell.core import book, money, reasons, reminder
from dunwell.core.decision import Act, Ask, Asked, Wait
from dunwell.sim.story.forms import amount, day
from dunwell.sim.story.player import Player, Ran

# Clauses by verb, in the order they are said, with what they hold.
CLAUSES = {
    "act": {
        "about": "ITEMS this step is about", "also overdue": "ITEMS shown beside them",
        "under query": "ITEMS in dispute, outside the total", "due soon": "ITEMS not yet due",
        "demands": "ITEMS demanded, in whichever part", "takes": "ITEM=STEP …",
        "total": "AMOUNT [AMOUNT …], one a currency", "pay by": "DATE named",
        "by": "CHANNELS", "to": "contacts' roles", "names": "consequences named",
        "asks": "measures proposed beside it", "at": "HH:MM at the customer's",
        "case": "number of the case", "sent": "", "not sent": "",
    },
    "ask": {
        "about": "ITEMS", "takes": "ITEM=STEP …", "total": "AMOUNT …",
        "until": "DATE or an event",
    },
    "wait": {
        "also": "REASONS that hold too", "step": "STEP that waits", "until": "DATE or an event",
    },
}  # fmt: skip
_TONE_HEADS = {
    **{tone: frozenset({tone}) for tone in book.TONES},
    **{f"{t} or harsher": frozenset(book.TONES[n:]) for n, t in enumerate(book.TONES)},
    "stern": book.STERN,
}
HEADS = (
    "`act [STEP] [TONE|stern|TONE or harsher]`, `ask [WHAT] [by ROLE]`, `wait [REASON]`, "
    "`anything`, `nothing`, `no run`, or `refused [WORDS]`"
)


class Expected(NamedTuple):
    """A parsed expectation: the head's words by place, and the clauses stated.

    `step` is also what is asked for, the reason of a wait, or the words of a refusal.
    """

    verb: str
    step: str
    tones: frozenset[str]
    role: str
    clauses: tuple[tuple[str, tuple[str, ...]], ...]

    def steps(self) -> set[str]:
        """Return every step it names, to be checked against the policies played."""
        named = {self.step} if self.verb == "act" and self.step else set()
        for clause, values in self.clauses:
            if clause == "takes":
                named |= {v.partition("=")[2] for v in values}
            elif clause == "step":
                named |= set(values)
        return named

    def items(self) -> set[str]:
        """Return every item number it names."""
        named: set[str] = set()
        for clause, values in self.clauses:
            if clause == "takes":
                named |= {v.partition("=")[0] for v in values}
            elif clause in ("about", "also overdue", "under query", "due soon", "demands"):
                named |= set(values)
        return named


def parse(words: str) -> Expected:
    """Return what an expectation says. Raises: ValueError with what would do.

    >>> parse("act final_notice firm, about A and B, total EUR 1,200.00").clauses
    (('about', ('A', 'B')), ('total', ('EUR 1,200.00',)))
    """
    head, *rest = re.split(r",\s+", words)
    verb, _, more = head.partition(" ")
    if head in ("anything", "nothing", "no run"):
        verb, more = head, ""
    if verb not in ("act", "ask", "wait", "anything", "nothing", "no run", "refused"):
        raise ValueError(HEADS)
    if verb == "refused":
        return Expected(verb, ", ".join([more, *rest]) if rest else more, frozenset(), "", ())
    step, tones, role = _head(verb, more)
    clauses = tuple(_clause(verb, part) for part in rest)
    return Expected(verb, step, tones, role, clauses)


def _head(verb: str, more: str) -> tuple[str, frozenset[str], str]:
    if verb == "act":
        for text in sorted(_TONE_HEADS, key=len, reverse=True):
            if more == text or more.endswith(" " + text):
                return more[: len(more) - len(text)].strip(), _TONE_HEADS[text], ""
        step, tone = more, ""
        if " " in step:
            step, _, tone = more.partition(" ")
            raise ValueError(f"a tone ({', '.join(_TONE_HEADS)}) instead of {tone!r}")
        return step, frozenset(), ""
    if verb == "ask":
        match = re.fullmatch(r"(\w*)(?: ?by (\w+))?", more)
        if match is None:
            raise ValueError("`ask [WHAT] [by ROLE]`, then clauses after commas")
        return match[1], frozenset(), match[2] or ""
    if verb == "wait":
        if more and more not in set(reasons.Reason):
            raise ValueError("`wait` and one of: " + ", ".join(reasons.Reason))
        return more, frozenset(), ""
    return "", frozenset(), ""


def _clause(verb: str, text: str) -> tuple[str, tuple[str, ...]]:
    known = CLAUSES.get(verb, {})
    name = next(
        (c for c in sorted(known, key=len, reverse=True) if text == c or text.startswith(c + " ")),
        None,
    )
    if name is None:
        each = ", ".join(f"`{c} {v}`".replace(" `", "`") for c, v in known.items())
        raise ValueError(f"after `{verb}`, one of: {each}" if each else f"nothing after `{verb}`")
    value = text[len(name) :].strip()
    if value == "none":
        return name, ()
    return name, _values(name, value)


def _values(clause: str, text: str) -> tuple[str, ...]:
    if clause in ("sent", "not sent"):
        return ("yes",)
    if not text:
        raise ValueError(f"`{clause}` and what it holds, or `{clause} none`")
    if clause == "total":
        parts = re.findall(r"[A-Z]{3} \S+", text)
        if " ".join(parts) != text.replace(" and ", " "):
            raise ValueError("`total EUR 1,200.00`, one amount a currency")
        return tuple(money.text(minor, currency) for currency, minor in map(amount, parts))
    if clause == "pay by":
        return (day(text).isoformat(),)
    if clause == "until":
        return ("an event",) if text == "an event" else (day(text).isoformat(),)
    values = tuple(v for v in text.replace(",", " ").split() if v != "and")
    if clause == "takes" and not all("=" in v for v in values):
        raise ValueError("`takes ITEM=STEP …`, such as `takes A-1=first_reminder`")
    if clause == "also" and not set(values) <= set(reasons.Reason):
        raise ValueError("`also` and reasons out of: " + ", ".join(reasons.Reason))
    return values


class Spoken(NamedTuple):
    """A decision, or one of its questions, in the words expectations use."""

    verb: str
    step: str
    tone: str
    role: str
    clauses: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        head = " ".join(w for w in (self.verb, self.step, self.tone) if w)
        if self.role:
            head += f" by {self.role}"
        said = [
            f"{name} {' '.join(values)}" if values != ("yes",) else name
            for name, values in self.clauses.items()
            if values and name not in ("demands", "not sent")
        ]
        return ", ".join([head, *said])


def speak(ran: Ran, player: Player) -> list[Spoken]:
    """Say what was decided: the act or the wait first, then each question put."""
    made = ran.made
    label = {i.id: name for name, i in player.ledger.items.items()}
    if isinstance(made, Wait):
        clauses = {
            "also": tuple(str(r) for r in made.also),
            "step": tuple(str(made.refs[k]) for k in ("step",) if k in made.refs),
            "until": (_until(made.look_again_on),),
        }
        return [Spoken("wait", str(made.reason), "", "", clauses)]
    asked = [_speak_ask(a, made, label) for a in made.asks]
    if isinstance(made, Ask):
        return asked
    return [Spoken("act", made.step, made.tone, "", _act_clauses(made, ran, label)), *asked]


def _act_clauses(made: Act, ran: Ran, label: Mapping[int, str]) -> dict[str, tuple[str, ...]]:
    planned = made.actions
    written = next((a for a in planned if a.takes_step), planned[0])
    return {
        "about": _labels(made.about, label),
        "also overdue": _labels(made.also_overdue, label),
        "under query": _labels([i for i, _ in made.under_query], label),
        "due soon": _labels(made.due_soon, label),
        "demands": _labels([i for i, _ in made.lines], label),
        "takes": tuple(f"{label[i]}={step}" for i, step in made.takes),
        "total": tuple(money.text(m, c) for c, m in made.amounts),
        "pay by": (made.named_on.isoformat(),) if made.named_on else (),
        "by": tuple(a.channel for a in planned),
        "to": tuple(dict.fromkeys(a.to_role for a in planned)),
        "names": made.consequences,
        "asks": tuple(_what(a) for a in made.asks),
        "at": (written.send_at[11:16],),
        "case": (str(ran.case_no),),
        "sent": ("yes",) if ran.fate == "sent" else (),
        "not sent": ("yes",) if ran.fate != "sent" else (),
    }


def _speak_ask(a: Asked, made: Act | Ask, label: Mapping[int, str]) -> Spoken:
    clauses = {
        "about": _labels(a.items, label),
        "takes": tuple(f"{label[i]}={step}" for i, step in a.takes),
        "total": tuple(money.text(m, c) for c, m in a.amounts),
        "until": (_until(made.look_again_on),) if isinstance(made, Ask) else (),
    }
    return Spoken("ask", _what(a), "", a.approval, clauses)


def _what(a: Asked) -> str:
    return a.step if a.what == "notice" else a.what


def _labels(ids: Sequence[int], label: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(label[i] for i in ids)


def _until(on: dt.date | None) -> str:
    return on.isoformat() if on else "an event"


def say(ran: Ran, player: Player) -> str:
    """Write a decision as a story writes it, so that the line can be copied into one."""
    return " + ".join(str(s) for s in speak(ran, player))


def holds(expected: Expected, ran: Ran | None, player: Player, *, is_never: bool) -> bool:
    """Tell whether a look came to what is expected; None: there was no look.

    `is_never`: a clause holds as soon as one of the things it names is there.
    """
    if ran is None:
        return expected.verb in ("no run", "nothing")
    if expected.verb == "nothing":
        return isinstance(ran.made, Wait)
    if expected.verb == "anything":
        return not isinstance(ran.made, Wait)
    return any(_fits(expected, said, is_never=is_never) for said in speak(ran, player))


def _fits(expected: Expected, said: Spoken, *, is_never: bool) -> bool:
    if expected.verb != said.verb or (expected.step and expected.step != said.step):
        return False
    if expected.tones and said.tone not in expected.tones:
        return False
    if expected.role and expected.role != said.role:
        return False
    for clause, values in expected.clauses:
        found = set(said.clauses.get(clause, ()))
        wanted = set(values)
        if not (found & wanted if is_never and wanted else found == wanted):
            return False
    return True


def why(ran: Ran) -> str:
    """Say in one sentence why it was so decided."""
    made = ran.made
    if isinstance(made, Wait):
        also = [f"Also: {reasons.sentence(r, {})}" for r in made.also]
        return " ".join([reasons.sentence(made.reason, made.refs), *also])
    if isinstance(made, Ask):
        return reasons.sentence(made.reason, made.refs)
    if reminder.about(made) is not None:
        return reminder.why(made.refs)
    refs = made.refs
    due_on, last_on = refs.get("due_on"), refs.get("last_on")
    is_late = made.phase == "overdue"
    text = f"{refs.get('item')} {'was' if is_late else 'is'} due on {_day(due_on)}"
    if last_on:
        return f"{text}; {refs.get('last_step')} was confirmed on {_day(last_on)}."
    return f"{text}; this is its first step."


def _day(value: object) -> str:
    return reasons.day_text(value) if isinstance(value, dt.date) else "an unknown day"
