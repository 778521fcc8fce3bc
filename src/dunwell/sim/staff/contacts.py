"""Ways to a customer, and what closes them: new addresses, hardship, lawyers, filings."""

from __future__ import annotations

import datetime as dt

from dunwell.core import rows
from dunwell.desk import hardship, hold, insolvency, standstill, task
from dunwell.sim import habits, names, play
from dunwell.sim.staff.roster import Office, Word, at


class Contacts:
    """What becomes of a customer as a whole."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.filed: dict[str, tuple[int, dt.date]] = {}
        self._rng = habits.dice(office.world.book.seed, 6)
        self._land = {c.reference: c.country or "DE" for c in office.world.book.customers}

    def find(self, customer: str, *, channel: str, on: dt.date) -> None:
        """Find another person there, who has an address and a number; the ledger is told."""
        rng = self._rng
        pattern = names.COUNTRIES[self._land[customer]].phone or "0049 30 23125 ###"
        role = "ap" if channel == "email" else "alternate"
        row = rows.ContactRow(
            line=2,
            customer=customer,
            role=role,
            name=names.person(rng),
            language="en",
            email=names.mail(rng, local=f"office {customer} {on:%y%m%d}"),
            phone=names.phone(rng, pattern=pattern),
        )
        play.take(self.office.scope, "contacts", [row], as_of=on)
        self.office.seen["new contacts"] += 1

    def hardship(self, customer: str, *, on: dt.date) -> None:
        """Pause firm messages to a customer in difficulty."""
        office = self.office
        who = office.by(office.collector(customer))
        wanted = hardship.Wanted(kind="hardship", reason="in difficulty")
        last = on + dt.timedelta(days=hardship.PAUSE_DAYS - 1)
        running = hold.listed(office.scope, customer=customer, kinds=("hardship",))
        if any(r["until_on"] >= on for r in running):
            return
        done = office.attempt(hardship.open_stop, who, customer, wanted, on=on, now=at(on))
        if done is not None:
            office.say(
                Word(what="hardship", id=done["id"], customer=customer, on=on, until_on=last)
            )

    def insolvent(self, customer: str, *, on: dt.date, today: dt.date) -> None:
        """Record a filing, from its day on."""
        office = self.office
        if customer in self.filed:
            return
        done = office.attempt(
            insolvency.open_filing, office.by("lena"), customer, on=on, as_of=today, now=at(today)
        )
        if done is not None:
            self.filed[customer] = (done["id"], today)
            office.say(Word(what="insolvency", id=done["id"], customer=customer, on=on))

    def claim(self, on: dt.date) -> None:
        """File the proofs of claim, a week after each filing."""
        office = self.office
        for customer, (number, since) in list(self.filed.items()):
            if number and since + dt.timedelta(days=7) <= on:
                self.filed[customer] = (0, since)
                office.attempt(
                    insolvency.claim, office.by("lena"), number, on=on, as_of=on, now=at(on)
                )

    def lawyer(self, customer: str, *, on: dt.date) -> None:
        """Keep that a lawyer speaks for a customer."""
        office = self.office
        done = office.attempt(
            standstill.open_lawyer,
            office.by("lena"),
            customer,
            contact="A. Counsel",
            email="counsel@example.org",
            on=on,
            as_of=on,
            now=at(on),
        )
        if done is not None:
            office.say(Word(what="lawyer", id=done["id"], customer=customer, on=on))
            self.look_again(customer, on=on)

    def ceased(self, customer: str, *, on: dt.date) -> None:
        """Keep that a customer wants no contact."""
        office = self.office
        who = office.by(office.collector(customer))
        done = office.attempt(
            standstill.open_ceased, who, customer, channel=None, on=on, as_of=on, now=at(on)
        )
        if done is not None:
            office.say(Word(what="ceased", id=done["id"], customer=customer, on=on))
            self.look_again(customer, on=on)

    def look_again(self, customer: str, *, on: dt.date) -> None:
        """Let somebody decide in a month what is left to do about a customer who is left alone."""
        self.office.attempt(
            task.open_task, self.office.by("lena"), customer, kind="follow_up",
            until=on + dt.timedelta(days=30), note="What is left to do?", on=on, now=at(on),
        )  # fmt: skip
