"""The people at a made-up desk: they read, call, agree, answer and hand over, with desk verbs only.

Read `Staff.work`, the order of a day. Whom they call and what they are told comes from the
world; what they decide follows from what it is about, so that the same book has the same year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from dunwell.core.message import Message
from dunwell.core.scope import Scope
from dunwell.sim.nouns import Casework, DayEvents
from dunwell.sim.staff.agreed import Agreements
from dunwell.sim.staff.answers import Answers
from dunwell.sim.staff.chores import Chores
from dunwell.sim.staff.contacts import Contacts
from dunwell.sim.staff.phone import Phone
from dunwell.sim.staff.post import Post
from dunwell.sim.staff.roster import Office, Word
from dunwell.sim.world import World

__all__ = ["Staff", "Word"]


class Staff:
    """Everybody at the desk of one company."""

    def __init__(
        self,
        scope: Scope,
        world: World,
        *,
        arrived: Callable[[str], bool],
        told: Callable[[Word], None],
    ) -> None:
        self.office = Office(scope, world, arrived=arrived, told=told)
        self.contacts = Contacts(self.office)
        self.agreed = Agreements(self.office)
        self.post = Post(self.office, self.agreed, self.contacts)
        self.phone = Phone(self.office, self.agreed, self.contacts)
        self.answers = Answers(self.office, self.agreed)
        self.chores = Chores(self.office, self.agreed, self.contacts)

    def begin(self, cases: Sequence[Casework], *, on: dt.date) -> None:
        """Enter what the company knew of its customers before the first day."""
        for case in cases:
            if case.kind == "dispute" and case.ended_on is None and len(case.items) == 1:
                self.agreed.object(case, today=on)
            elif case.kind == "insolvency":
                self.contacts.insolvent(case.customer, on=case.on, today=on)

    def morning(
        self, day: DayEvents, bounced: Sequence[Message], sent: Sequence[tuple[str, str, Message]]
    ) -> None:
        """Take the mail that came overnight, before the day's run."""
        for entity, customer, message in sent:
            self.post.sent(entity, customer, message)
        self.post.comes(day.replies, bounced, on=day.on)

    def work(self, day: DayEvents, *, credits: dict[str, int]) -> None:
        """Do a day's work, after the run: mail, disputes, calls, questions, tasks.

        `credits` says how much of each number the day's credit notes take back.
        """
        on = day.on
        if on.weekday() > 4:
            return
        self.post.read(on)
        for case in day.disputes:
            if case.ended_on is None:
                self.agreed.object(case, today=on)
            else:
                number = case.items[0][0]
                minor = credits.get(number) or credits.get(number.rpartition("/")[0], 0)
                self.agreed.hear(case, credited_minor=minor, today=on)
        self.agreed.answer(on)
        self.phone.work(on)
        self.answers.work(on)
        for entity, customer in sorted(self.answers.lacking):
            self.chores.fill(entity, customer, on)
        self.answers.lacking.clear()
        self.chores.work(on)
        self.contacts.claim(on)
        if on.weekday() == 2:
            self.chores.take_back(on)
