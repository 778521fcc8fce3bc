"""What can be done about a customer from any page: one form a verb, one file a verb.

A verb is a plain form and what the desk does with it. The same address serves a whole page and,
asked for by the list's keys, only the form; so nothing needs a script. Done, it says so in one
sentence, and offers to undo it where a compensating record can.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django import forms

from dunwell.core.scope import Scope


class Desk(NamedTuple):
    """Where a verb is done: for whom, on which day, at what time, about which customer.

    `site` is the address at which this desk was called, for links that leave it.
    """

    scope: Scope
    customer: str
    today: dt.date
    now: dt.datetime
    site: str = ""


class Done(NamedTuple):
    """What was done, in one sentence; `undo` is (verb, id) where it can be taken back.

    `link` is an address it made, to be copied by whoever made it and shown once.
    """

    words: str
    undo: tuple[str, str] | None = None
    link: str = ""


class Verb(NamedTuple):
    """One thing that can be done: its form, its right (`core.authority`), and its key.

    `form` makes the form for a customer: choices such as open items come from the book.
    `undo` takes back what `do` made, by its id (`many`: by several, with dots between); `asks` says
    of whom and what that is, where it may be asked for later too. `leaves`: it reaches the customer
    or cannot be taken back, and the button says so. `more`: it stands behind "More", being needed
    seldom.
    `before` gives what is read before it is done, shown above the form; `seen` what would come of
    it as the form stands, shown below and anew with each change.
    """

    name: str
    title: str
    button: str
    right: str
    form: Callable[[Desk], type[forms.Form]]
    do: Callable[[Desk, Mapping[str, Any]], Done]
    undo: Callable[[Desk, str], Done] | None = None
    asks: Callable[[Desk, str], tuple[str, str]] | None = None
    key: str = ""
    leaves: bool = False
    more: bool = False
    many: bool = False
    initial: Callable[[Desk], dict[str, Any]] | None = None
    before: Callable[[Desk], dict[str, Any]] | None = None
    seen: Callable[[Desk, Mapping[str, Any]], dict[str, Any]] | None = None


FURTHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Pause it, or another path", ("hardship", "commercial-pause", "out-of-cadence", "path")),
    ("Measures and other terms", ("suspension", "credit-hold", "terms", "interest")),
    ("Whom we may write to", ("no-contact", "repair", "lawyer", "insolvency")),
    ("Hand it over, or give it up", ("agency", "legal", "bureau", "write-off")),
)
"""What stands behind "More", by what it is for."""


def grouped(verbs: list[Verb]) -> list[tuple[str, list[Verb]]]:
    """Return those of some verbs that stand behind "More", under what they are for."""
    by_name = {v.name: v for v in verbs if v.more}
    found = [(title, [by_name[n] for n in names if n in by_name]) for title, names in FURTHER]
    return [(title, some) for title, some in found if some]


def registry() -> dict[str, Verb]:
    """Return every verb by its name, in the order in which they are offered."""
    from dunwell.web.acts import (
        call,
        dispute,
        drop,
        ending,
        hold,
        interest,
        measures,
        note,
        path,
        pause,
        plan,
        promise,
        repair,
        share,
        standstill,
        task,
    )

    nouns = (call, promise, dispute, hold, note, task, plan, share, drop)
    seldom = (
        *pause.VERBS, path.VERB, *measures.VERBS, *standstill.VERBS, *ending.VERBS, interest.VERB,
        repair.VERB,
    )  # fmt: skip
    return {v.name: v for v in (*(n.VERB for n in nouns), *seldom)}
