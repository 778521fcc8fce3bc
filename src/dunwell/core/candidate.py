"""What the worklist ranks: a customer of an entity, its money, its habits, what people have to do.

Must not know: what is worth more (`core.ranking`), or where rows come from.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec

BANDS = (10, 30, 60, 90)
"""The last day late of each band of age but the last one, which has no end."""
NO_BANDS = (0,) * (len(BANDS) + 1)


ACTIONS: dict[str, str] = {
    "approve": "an approval waits",
    "read_reply": "a reply waits to be read",
    "answer_dispute": "a dispute waits for its answer",
    "confirm_delivery": "nobody knows whether a message arrived",
    "file_claim": "the proof of claim is to be filed",
    "call": "a call is to be made",
    "find_contact": "nobody there can be reached",
    "offer_plan": "a payment plan may be offered",
    "decide_outcome": "a person decides what follows",
    "complete_checklist": "the checklist before the agency is not complete",
    "tell_agency": "the agency is to be told",
    "ask_sales": "sales is asked what it knows",
    "match_cash": "cash or credit waits to be matched",
    "send_again": "an invoice is to be sent again",
    "confirm_measure": "a measure is to be confirmed",
    "settle_terms": "changed terms wait for the next step",
    "follow_up": "somebody wanted to be reminded",
    "review": "somebody should look at it",
}
"""Everything that can come next, the more urgent first, with the words that say why."""

OF_TASK: dict[str, str] = {
    "add_to_placement": "tell_agency", "allocate": "match_cash", "ask_sales": "ask_sales",
    "broken_promise": "call", "by_hand": "confirm_measure", "call": "call",
    "checklist": "complete_checklist", "choose_outcome": "decide_outcome",
    "dispute": "answer_dispute", "find_route": "find_contact", "follow_up": "follow_up",
    "offer_plan": "offer_plan", "placement_payment": "tell_agency", "plan_default": "call",
    "proof_of_claim": "file_claim", "read_reply": "read_reply", "recalled": "decide_outcome",
    "release_terms": "settle_terms", "repair_route": "find_contact", "returned_payment": "call",
    "send_again": "send_again", "set_terms": "settle_terms", "system_silent": "confirm_measure",
    "tell_terms": "settle_terms", "unknown_delivery": "confirm_delivery",
}  # fmt: skip
"""What comes next, by kind of task; any other kind is reviewed."""

LATER = frozenset({"follow_up", "review_hold", "proof_of_claim"})
"""Kinds of task that want nobody before their day."""


class ToDo(NamedTuple):
    """Something a person has to do about a customer; `about` is the step, task or question."""

    action: str
    responsible: str
    due_on: dt.date | None = None
    about: str = ""
    task: int | None = None


class Habit(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How a customer has paid: average days late in the last cycles and in those before.

    `likelihood`: of payment within 30 days of the due date, in percent (SEMANTICS 6.12). The
    averages are None where too little is known.
    """

    grade: str = "unknown"
    likelihood: int | None = None
    recent_days: int | None = None
    earlier_days: int | None = None


NO_HABIT = Habit()


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One customer of one entity with something open, or something for a person to do.

    `amounts` are overdue and may be pursued, net, by currency; `by_age` the same in `currency`,
    by band of age, so that it adds up to what is at stake. `unrated` are the currencies that
    lack a rate and weigh nothing. `covers` are the kinds of stop that keep the rest out.
    `since_on`: the working day before; who was contacted then rests today. `heard_on` is the
    last sign from the customer, `contacted_on` the last time we reached out.
    """

    entity: str
    customer: str
    owner: str
    currency: str
    amounts: tuple[tuple[str, int], ...] = ()
    by_age: tuple[int, ...] = NO_BANDS
    unrated: tuple[str, ...] = ()
    oldest_due_on: dt.date | None = None
    is_overdue: bool = False
    covers: tuple[str, ...] = ()
    habit: Habit = NO_HABIT
    broken_promises: int = 0
    heard_on: dt.date | None = None
    contacted_on: dt.date | None = None
    since_on: dt.date | None = None
    is_under_way: bool = False
    reason: str = ""
    to_dos: tuple[ToDo, ...] = ()
    small_balance_minor: int = 0
    has_number: bool = True
    may_have_plan: bool = False
    in_hardship: bool = False

    @property
    def at_stake_minor(self) -> int:
        """What can be brought in by acting: overdue, net, in one currency."""
        return sum(self.by_age)
