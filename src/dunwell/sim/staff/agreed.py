"""What customers and staff agree on: promises, plans, and how a dispute is answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dunwell.desk import dispute, plan, promise
from dunwell.sim.nouns import Casework
from dunwell.sim.staff.roster import Office, Word, at

Items = Sequence[str]


class Agreements:
    """Promises, plans and disputes, by number, until they are over."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.disputes: dict[tuple[str, str], tuple[int, dt.date]] = {}
        self.to_answer: list[tuple[dt.date, Casework, int]] = []

    # ------------------------------------------------------------------ promises

    def promise(
        self, customer: str, *, entity: str, items: Items, until: dt.date, on: dt.date,
        today: dt.date, origin: str,
    ) -> int | None:  # fmt: skip
        """Enter a promise that came by mail or on the telephone."""
        office = self.office
        made = office.attempt(
            promise.open_promise,
            office.by(office.collector(customer)),
            customer,
            items=items,
            until=until,
            on=on,
            now=at(today),
            origin=origin,
            entity=entity,
        )
        if made is not None:
            self.say_promise(customer, made, today=today)
        return made

    def say_promise(self, customer: str, number: int, *, today: dt.date) -> None:
        """Tell of a promise once it stands; one that waits for a role stops nothing."""
        (row,) = promise.listed(self.office.scope, customer=customer, as_of=today, promise=number)
        if row["in_force_on"] is None:
            self.office.say(Word(what="promise asked", id=number, customer=customer, on=today))
            return
        self.office.say(
            Word(
                what="promise",
                id=number,
                customer=customer,
                entity=row["entity"],
                on=row["in_force_on"],
                made_on=row["made_on"],
                until_on=row["last_on"],
                currency=row["currency"],
                amount_minor=row["amount_minor"],
                items=tuple((i["number"], i["amount_minor"]) for i in row["items"]),
            )
        )

    # ------------------------------------------------------------------ plans

    def plan(
        self, customer: str, *, entity: str, items: Items, on: dt.date, origin: str = "hand"
    ) -> int | None:
        """Propose a plan of two to four instalments, the first in ten days."""
        office = self.office
        count = 2 + office.chance(customer, on) % 3
        made = office.attempt(
            plan.open_plan,
            office.by(office.collector(customer)),
            customer,
            items=items,
            instalments=count,
            on=on,
            now=at(on),
            first_on=on + dt.timedelta(days=10),
            origin=origin,
            entity=entity,
        )
        if made is not None:
            office.say(Word(what="plan asked", id=made, customer=customer, on=on))
        return made

    def say_plan(self, customer: str, key: str, *, today: dt.date) -> None:
        """Tell of a plan that a role has agreed to, and let its customer know."""
        rows = plan.listed(self.office.scope, customer=customer, as_of=today)
        row = next(r for r in rows if r["approval"] == key)
        items = tuple((i["number"], i["amount_minor"]) for i in row["items"])
        parts = row["instalments"]
        self.office.say(
            Word(
                what="plan",
                id=row["id"],
                customer=customer,
                entity=row["entity"],
                on=row["in_force_on"],
                made_on=row["made_on"],
                currency=row["currency"],
                items=items,
                amount_minor=row["total_minor"],
                due=tuple((p["last_on"], p["amount_minor"]) for p in parts),
            )
        )
        self.office.world.agree(
            customer,
            items=[number for number, _ in items],
            due=[(p["due_on"], p["amount_minor"]) for p in parts],
        )

    # ------------------------------------------------------------------ disputes

    def object(self, case: Casework, *, today: dt.date) -> None:
        """Enter what a customer objects to, most of it whole, some of it a part."""
        ((number, minor),) = case.items
        self.dispute(
            case.customer,
            case.entity or "",
            number,
            reason=case.reason or "other",
            on=case.on,
            today=today,
            part=minor or 0,
        )

    def dispute(
        self, customer: str, entity: str, number: str, *, reason: str, on: dt.date,
        today: dt.date, part: int = 0,
    ) -> None:  # fmt: skip
        """Enter a dispute about one item."""
        office = self.office
        if (customer, number) in self.disputes:
            return
        is_part = part > 10_000 and office.chance(number, "part") < 20
        made = office.attempt(
            dispute.open_dispute,
            office.by(office.collector(customer)),
            customer,
            items=[number],
            amount_minor=part * 2 // 5 if is_part else None,
            code=reason,
            on=on,
            now=at(today),
            entity=entity or None,
        )
        if made is not None:
            self.disputed(customer, entity, number, made, on=on, today=today, is_part=is_part)

    def disputed(
        self, customer: str, entity: str, number: str, made: int, *, on: dt.date,
        today: dt.date, is_part: bool = False,
    ) -> None:  # fmt: skip
        """Tell of a dispute that was entered about one item."""
        self.disputes[customer, number] = (made, on)
        (row,) = dispute.listed(self.office.scope, customer=customer, as_of=today, dispute=made)
        (item,) = row["items"]
        self.office.say(
            Word(
                what="dispute",
                id=made,
                customer=customer,
                entity=entity,
                on=on,
                items=((number, item["amount_minor"] if is_part else None),),
                amount_minor=item["amount_minor"],
            )
        )

    def hear(self, case: Casework, *, credited_minor: int, today: dt.date) -> None:
        """Note how a dispute is to end; some are answered only days later."""
        late = 10 if self.office.chance(case.items, "late answer") < 15 else 0
        self.office.seen["answers given late"] += late > 0
        self.to_answer.append((today + dt.timedelta(days=late), case, credited_minor))

    def answer(self, today: dt.date) -> None:
        """Decide the disputes whose day has come, with an answer to the customer."""
        ready = [x for x in self.to_answer if x[0] <= today]
        self.to_answer = [x for x in self.to_answer if x[0] > today]
        for _, case, credited_minor in ready:
            self._decide(case, credited_minor, today)

    def _decide(self, case: Casework, credited_minor: int, today: dt.date) -> None:
        office = self.office
        number = case.items[0][0]
        made, on = self.disputes.pop((case.customer, number), (0, today))
        if not made:
            return
        who = office.by(office.collector(case.customer))
        if office.chance(made, "in haste") < 5:  # somebody forgets the answer first
            office.attempt(
                dispute.close_dispute, who, made, outcome="rejected", on=today, now=at(today)
            )
        outcome = "rejected" if case.outcome == "rejected" else "credited"
        if outcome == "credited" and credited_minor >= (case.amount_minor or 0):
            outcome = office.pick(("credited", "upheld"), made)
        done = office.attempt(
            dispute.close_dispute,
            who,
            made,
            outcome=outcome,
            on=today,
            now=at(today),
            answer="We have looked.",
        )
        if done is None:
            return
        (row,) = dispute.listed(office.scope, customer=case.customer, as_of=today, dispute=made)
        office.seen["dispute days"] += row["cycle_days"]
        office.say(
            Word(
                what=f"dispute {outcome}",
                id=made,
                customer=case.customer,
                entity=case.entity or "",
                on=on,
                ended_on=today,
            )
        )
