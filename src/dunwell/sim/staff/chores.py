"""The tasks of a day: what is put before people, done by whoever it is before, some of it late."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from dunwell.core.errors import Refused
from dunwell.desk import checklist, deliveries, hold, measure, placement, task, terms, write_off
from dunwell.sim.staff.agreed import Agreements
from dunwell.sim.staff.contacts import Contacts
from dunwell.sim.staff.roster import Office, Word, at

_COMMAND = re.compile(r"dunwell (\S+) (confirm|release|close) (\d+)")
_DONE_ELSEWHERE = frozenset(
    (
        "call",
        "broken_promise",
        "returned_payment",
        "plan_default",
        "dispute",
        "read_reply",
        "allocate",
        "credit_note",
        "proof_of_claim",
    )
)
"""Tasks that end with a call, an answer, a mail read, what bookkeeping posts, a claim filed."""
Row = dict[str, Any]


class Chores:
    """The tasks, the deliveries nobody knows the end of, and what came back from agencies."""

    def __init__(self, office: Office, agreed: Agreements, contacts: Contacts) -> None:
        self.office, self.agreed, self.contacts = office, agreed, contacts
        self._given_up: dict[tuple[str, str], dt.date] = {}
        self._back: dict[tuple[str, str | None, dt.date], int] = {}
        self._do: dict[str, Callable[[Row, dt.date], str]] = {
            "by_hand": self._confirm, "release_terms": self._release, "set_terms": self._set_terms,
            "choose_outcome": self._choose, "offer_plan": self._offer,
            "repair_route": self._repair, "find_route": self._repair, "recalled": self._recalled,
            "unknown_delivery": lambda row, on: "", "checklist": self._row_of_checklist,
            "write_off_paid": self._reverse, "follow_up": self._follow_up,
        }  # fmt: skip

    def work(self, on: dt.date) -> None:
        """Do what is due; a third is left for another day, so that some goes to the manager."""
        self._unknown(on)
        for customer, entity in [who for who, since in self._given_up.items() if since < on]:
            del self._given_up[customer, entity]
            if not self._proposed(customer, entity, "legal", on):
                self.give_up(customer, entity, on, "came back from the agency")
        for row in task.listed(self.office.scope, as_of=on):
            kind = row["kind"]
            if kind in _DONE_ELSEWHERE or self.office.chance(row["id"], on, "chore") < 33:
                continue
            done = self._do.get(kind, _simply)(row, on)
            if done:
                self._close(row, done, on)

    def _close(self, row: Row, outcome: str, on: dt.date, *, note: str = "") -> bool:
        who = self.office.by(row["escalated_to"] or row["owner"])
        done = self.office.attempt(
            task.close_task, who, row["id"], outcome=outcome, note=note, on=on, now=at(on)
        )
        self.office.seen[f"task {row['kind']}"] += done is not None
        self.office.seen["tasks past due when done"] += done is not None and row["is_past_due"]
        return done is not None

    # ------------------------------------------------------------------ kinds of tasks

    def _confirm(self, row: Row, on: dt.date) -> str:
        """Do by hand what no other system is told, and confirm it; that ends its task."""
        noun, _, number = _named(row)
        who, made = self.office.by("mona"), int(number)
        if noun == "terms":
            self.office.attempt(terms.confirm, who, made, on=on, now=at(on))
        else:
            kind = noun.replace("-", "_")
            self.office.attempt(measure.confirm, who, kind, made, on=on, now=at(on))
            self.office.seen[f"{noun} confirmed"] += 1
        return ""

    def _release(self, row: Row, on: dt.date) -> str:
        number = int(_named(row)[2])
        self.office.attempt(terms.release, self.office.by("mona"), number, on=on, now=at(on))
        return ""

    def _set_terms(self, row: Row, on: dt.date) -> str:
        number = int(_named(row)[2])
        who = self.office.by("mona")
        self.office.attempt(terms.close, who, number, reason="stays as it is", on=on, now=at(on))
        return ""

    def _offer(self, row: Row, on: dt.date) -> str:
        """Offer a plan: half of those asked take it."""
        if self.office.chance(row["id"], "takes it") < 50:
            made = self.agreed.plan(row["customer"], entity=row["entity"] or "", items=(), on=on)
            return "plan proposed" if made else "no plan is possible"
        return "declined"

    def _repair(self, row: Row, on: dt.date) -> str:
        """Find another contact; the task ends by itself once the way is good again."""
        self.contacts.find(row["customer"], channel="email", on=on)
        return "another contact found"

    def _row_of_checklist(self, row: Row, on: dt.date) -> str:
        self.fill(row["entity"], row["customer"], on)
        return ""

    def fill(self, entity: str, customer: str, on: dt.date) -> None:
        """Fill the checklist before the agency, one row waived now and then by a manager."""
        office = self.office
        shown = office.attempt(checklist.show, office.scope, customer, entity=entity, as_of=on)
        for one in shown["rows"] if shown else ():
            name = one["row"]
            if one["state"] != "open":
                continue
            is_waived = office.chance(customer, name, "waived") < 8
            office.seen[f"checklist {'waived' if is_waived else 'done'}"] += 1
            if is_waived:
                office.attempt(
                    checklist.waive,
                    office.by("mona"),
                    customer,
                    name,
                    reason="leads nowhere",
                    entity=entity,
                    as_of=on,
                    now=at(on),
                )
            else:
                office.attempt(
                    checklist.close,
                    office.by(office.collector(customer)),
                    customer,
                    name,
                    note="tried, no answer",
                    entity=entity,
                    as_of=on,
                    now=at(on),
                )

    def _choose(self, row: Row, on: dt.date) -> str:
        """Choose what follows the end of a ladder: a lawyer, an agency, else giving it up."""
        for outcome in ("legal", "agency", "write_off"):
            if self._close(row, outcome, on, note="not worth a lawyer"):
                break
        return ""

    def _proposed(self, customer: str, entity: str, kind: str, on: dt.date) -> bool:
        try:
            placement.propose(
                self.office.by("marc"), customer, kind=kind, entity=entity, as_of=on, now=at(on)
            )
        except Refused:
            return False
        return True

    def give_up(
        self, customer: str, entity: str, on: dt.date, why: str, *, items: tuple[str, ...] = ()
    ) -> bool:
        """Propose to write off what is open."""
        done = self.office.attempt(
            write_off.propose,
            self.office.by(self.office.collector(customer)),
            customer,
            items=items,
            amount=None,
            reason=why,
            entity=entity,
            as_of=on,
            now=at(on),
        )
        return done is not None

    def _follow_up(self, row: Row, on: dt.date) -> str:
        """Do on its day what somebody asked to be reminded of; who is left alone is given up."""
        if on < row["due_on"]:
            return ""
        if row["owner"] == "lena":
            codes = [e.code for e in self.office.world.book.entities]
            why = "left alone, not worth a court"
            for code in codes:
                self.give_up(row["customer"], code, on, why)
            self.contacts.look_again(row["customer"], on=on)
        return "done"

    def _recalled(self, row: Row, on: dt.date) -> str:
        """Decide about what came back: half is chased again, half goes to court or is given up."""
        held = self._back.pop((row["customer"], row["entity"], row["created_on"]), None)
        if held is not None:  # it may be chased from the next night on
            self.office.say(
                Word(
                    what="hold ended", id=held, customer=row["customer"], entity=row["entity"],
                    on=on, ended_on=on + dt.timedelta(days=1),
                )
            )  # fmt: skip
        if self.office.chance(row["id"], "again") < 50:
            return "chase it again"
        self._given_up[row["customer"], row["entity"]] = on  # its hold ends with this task
        return "give it up"

    def _reverse(self, row: Row, on: dt.date) -> str:
        """Take back a write-off that is being paid after all."""
        for made in write_off.listed(self.office.scope, customer=row["customer"]):
            if made["state"] != "written_off":
                continue
            done = self.office.attempt(
                write_off.close,
                self.office.by("mona"),
                made["id"],
                reason="it is being paid",
                as_of=on,
                now=at(on),
            )
            if done is not None:
                self._ended("written off", made, on)
        return "reversed"

    # ------------------------------------------------------------------ without a task

    def _unknown(self, on: dt.date) -> None:
        """Ask the customer of what nobody knows the end of; one in ten simply says it went."""
        for row in deliveries.listed(self.office.scope):
            came = self.office.arrived(row["key"]) or self.office.chance(row["key"], "says") < 10
            outcome = "sent" if came else "not_sent"
            who = self.office.by(self.office.collector(row["customer"]))
            self.office.attempt(deliveries.close, who, row["key"], outcome=outcome, now=at(on))
            self.office.seen[f"unknown delivery {outcome}"] += 1

    def take_back(self, on: dt.date) -> None:
        """Recall what an agency has had for ninety days, close what a court has for two hundred."""
        for kind, noun, state, days in (
            ("agency", "placement", "recalled", 90), ("legal", "referral", "closed", 200),
        ):  # fmt: skip
            for row in placement.listed(self.office.scope, kinds=(kind,)):
                is_old = row["placed_on"] + dt.timedelta(days=days) <= on
                if row["state"] != "placed" or not is_old:
                    continue
                placement.take_back(
                    self.office.by("mona"),
                    row["id"],
                    noun=noun,
                    state=state,
                    reason="nothing came of it",
                    as_of=on,
                    now=at(on),
                )
                self._ended(kind, row, on)
                self._held(row, on)

    def _held(self, row: Row, on: dt.date) -> None:
        """Tell that what came back is held until somebody decides about it (SEMANTICS 7)."""
        for made in hold.listed(self.office.scope, customer=row["customer"], kinds=("hold",)):
            words = made["reason"].split()
            if (
                made["from_on"] != on
                or words[:2] != ["came", "back"]
                or words[-1] != str(row["id"])
            ):
                continue
            self._back[row["customer"], row["entity"], on] = made["id"]
            self.office.say(
                Word(
                    what="hold", id=made["id"], customer=row["customer"], entity=row["entity"],
                    on=on, items=tuple((i["number"], i["amount_minor"]) for i in made["items"]),
                )
            )  # fmt: skip

    def _ended(self, what: str, row: Row, on: dt.date) -> None:
        self.office.say(
            Word(
                what=f"{what} ended",
                id=row["id"],
                customer=row["customer"],
                entity=row["entity"],
                on=on,
                ended_on=on,
            )
        )


def _named(row: Row) -> tuple[str, str, str]:
    """Return noun, verb and number of the command a task's note names."""
    found = _COMMAND.search(row["note"])
    assert found, f"task {row['id']} names no command: {row['note']}"
    return (found[1], found[2], found[3])


def _simply(row: Row, on: dt.date) -> str:
    """Most tasks are done by doing what they say."""
    return "done"
