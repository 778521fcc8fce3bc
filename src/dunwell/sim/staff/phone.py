"""The telephone: who is called today, what they say, and what follows from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core.calls import REACHED
from dunwell.desk import call, call_queue
from dunwell.sim.nouns import Contacted, Spoken
from dunwell.sim.staff.agreed import Agreements
from dunwell.sim.staff.contacts import Contacts
from dunwell.sim.staff.roster import Office, Word, at

A_DAY = 60
"""How many calls the collectors together make on a day."""


class Phone:
    """The calls of a day."""

    def __init__(self, office: Office, agreed: Agreements, contacts: Contacts) -> None:
        self.office, self.agreed, self.contacts = office, agreed, contacts

    def work(self, on: dt.date) -> None:
        """Make the calls that are due, one with each customer of an entity."""
        called: set[tuple[str, str]] = set()
        for row in call_queue.queue(self.office.scope, as_of=on):
            who = (row["entity"], row["customer"])
            if row["held_back"]:
                self.office.seen["calls held back"] += 1
            elif row["contact"] is None:
                self.contacts.find(row["customer"], channel="phone", on=on)
            elif who not in called and len(called) < A_DAY:
                called.add(who)
                self._call(row, on)

    def _call(self, row: dict[str, Any], on: dt.date) -> None:
        customer, entity = row["customer"], row["entity"]
        spoken = self.office.world.call(
            Contacted(customer=customer, entity=entity, tone="firm", channel="call")
        )
        if spoken.outcome == "dispute" and (customer, spoken.items[0]) in self.agreed.disputes:
            spoken = Spoken(outcome="reached")  # what is in dispute already
        done = self._note(row, spoken, on)
        if done is None and spoken.outcome in ("promise", "dispute"):
            # What cannot be promised (it is agreed on already, say) was spoken about all the same.
            done = self._note(row, Spoken(outcome="reached"), on)
        if done is None:
            return
        self.office.seen[f"call {done['outcome']}"] += 1
        if done["made"] or done["outcome"] in REACHED:
            self.office.say(
                Word(
                    what="call",
                    id=done["id"],
                    customer=customer,
                    entity=entity,
                    on=on,
                    outcome=done["outcome"] if done["outcome"] in REACHED else "word left",
                )
            )
        if "promise" in done:
            self.agreed.say_promise(customer, done["promise"], today=on)
        self._follow(customer, entity, spoken, done, on)

    def _note(self, row: dict[str, Any], spoken: Spoken, on: dt.date) -> dict[str, Any] | None:
        office, customer = self.office, row["customer"]
        is_disputed = spoken.outcome == "dispute"
        said = call.Said(
            outcome=spoken.outcome,
            on=on,
            at_time=dt.time.fromisoformat(row["suggested"][:5]),
            minutes=1 + office.chance(customer, on) % 9,
            promise_by=spoken.promised_on,
            items=spoken.items if is_disputed or spoken.outcome == "promise" else (),
            dispute_code=(spoken.reason or "other") if is_disputed else "",
            entity=row["entity"],
        )
        who = office.by(office.collector(customer))
        return office.attempt(call.open_call, who, customer, said, today=on, now=at(on))

    def _follow(
        self, customer: str, entity: str, spoken: Spoken, done: dict[str, Any], on: dt.date
    ) -> None:
        """Do what was agreed on the telephone."""
        if "dispute" in done:
            (number,) = spoken.items
            self.agreed.disputed(customer, entity, number, done["dispute"], on=on, today=on)
        elif spoken.intent == "payment_plan_request":
            self.agreed.plan(customer, entity=entity, items=spoken.items, on=on, origin="call")
        elif spoken.intent == "hardship":
            self.contacts.hardship(customer, on=on)
        elif spoken.intent == "bankruptcy_or_insolvency":
            self.contacts.insolvent(customer, on=on, today=on)
