"""Answers to what waits for a role: by somebody who holds it and did not propose it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from dunwell.core.errors import Refused
from dunwell.desk import approve, hold, placement, promise, write_off
from dunwell.sim.nouns import Contacted
from dunwell.sim.staff.agreed import Agreements
from dunwell.sim.staff.roster import Office, Word, at

_YES, _NO = 60, 6
"""Of a hundred questions so many get a yes or a no on a day; the rest lie until tomorrow."""
_OVER = ("nothing_open", "date_passed", "already_there")
"""What a yes comes too late for: it gets a no instead."""


class Answers:
    """What waits for a role, answered day by day."""

    def __init__(self, office: Office, agreed: Agreements) -> None:
        self.office, self.agreed = office, agreed
        self.lacking: set[tuple[str, str]] = set()
        """Customers, with their entity, whose checklist a manager wants to see filled."""

    def work(self, on: dt.date) -> None:
        """Answer what waits."""
        for row in approve.listed(self.office.scope):
            chance = self.office.chance(row["key"], on)
            if chance < _YES:
                self._grant(row, on)
            elif chance < _YES + _NO:
                self._refuse(row, on, reason="speaks to them first")

    def _grant(self, row: dict[str, Any], on: dt.date) -> None:
        error = self._by_somebody(
            row, lambda scope: approve.approve(scope, row["key"], as_of=on, now=at(on))
        )
        if error is None:
            self.office.seen[f"yes to {row['what']}"] += 1
            self._tell(row, on)
        elif error.reason == "checklist_gaps":
            self.lacking.add((row["entity"], row["customer"]))
        elif error.reason in _OVER:
            self._refuse(row, on, reason="it is over")

    def _refuse(self, row: dict[str, Any], on: dt.date, *, reason: str) -> None:
        error = self._by_somebody(
            row,
            lambda scope: approve.refuse(
                scope, row["key"], reason=reason, until=None, as_of=on, now=at(on)
            ),
        )
        if error is None:
            self.office.seen[f"no to {row['what']}"] += 1
            self._held(row, on)

    def _by_somebody(self, row: dict[str, Any], do: Callable[[Any], object]) -> Refused | None:
        """Let whoever may, answer; return why it could not be done, or None."""
        names = self.office.holders(row["approval"])
        if self.office.chance(row["key"], "wrong desk") < 4:
            names = [*self.office.holders("account_manager"), *names]  # not theirs to answer
        for name in names:
            try:
                do(self.office.by(name))
            except Refused as error:
                self.office.refused[error.reason] += 1
                if error.reason not in ("own_proposal", "role_missing", "over_limit"):
                    return error
            else:
                return None
        return Refused("role_missing", "nobody may answer this")

    # ------------------------------------------------------------------ what follows

    def _tell(self, row: dict[str, Any], on: dt.date) -> None:
        """Tell what a yes set going."""
        what, customer, key = row["what"], row["customer"], row["key"]
        if what == "plan":
            self.agreed.say_plan(customer, key, today=on)
        elif what == "promise":
            self._promised(customer, key, on)
        elif what in ("placement", "legal_referral"):
            kind = "agency" if what == "placement" else "legal"
            made = placement.listed(self.office.scope, customer=customer, kinds=(kind,))
            self._left(kind, next(r for r in made if r["approval"] == key), on)
        elif what == "write_off":
            rows = write_off.listed(self.office.scope, customer=customer)
            self._left("written off", next(r for r in rows if r["approval"] == key), on)

    def _promised(self, customer: str, key: str, on: dt.date) -> None:
        rows = promise.listed(self.office.scope, customer=customer, as_of=on)
        number = next(r["id"] for r in rows if r["approval"] == key)
        self.agreed.say_promise(customer, number, today=on)

    def _left(self, what: str, row: dict[str, Any], on: dt.date) -> None:
        """Tell that items have left the ladder, and let the agency or the court do their part."""
        customer, entity = row["customer"], row["entity"]
        # What is handed over goes whole, whatever credit was set against it; a write-off may be a
        # part of an item.
        is_part = what == "written off"
        items = tuple((i["number"], i["amount_minor"] if is_part else None) for i in row["items"])
        self.office.say(
            Word(what=what, id=row["id"], customer=customer, entity=entity, on=on, items=items)
        )
        if what != "written off":
            self.office.world.press(
                Contacted(
                    customer=customer,
                    entity=entity,
                    tone="formal",
                    channel="letter",
                    items=tuple(number for number, _ in items),
                ),
                within=40 if what == "agency" else 90,
            )

    def _held(self, row: dict[str, Any], on: dt.date) -> None:
        """Tell of the hold a no left behind, if it left one."""
        if row["what"] not in ("notice", "placement", "legal_referral", "write_off"):
            return
        rows = hold.listed(self.office.scope, customer=row["customer"], kinds=("hold",))
        mine = [r for r in rows if r["from_on"] == on and r["reason"].startswith("refused ")]
        for made in mine[:1]:
            self.office.say(
                Word(
                    what="hold",
                    id=made["id"],
                    customer=row["customer"],
                    entity=row["entity"],
                    on=on,
                    until_on=made["until_on"],
                    items=tuple((i["number"], i["amount_minor"]) for i in made["items"]),
                )
            )
