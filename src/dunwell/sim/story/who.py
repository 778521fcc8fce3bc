"""Who the customer of a story is: the lines at its top, and those that change it on a day.

What a kind of line is stands here too; what happens to the customer stands in `happen`.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from dunwell.core import book, handoff, money
from dunwell.sim.story.forms import Form, Said
from dunwell.sim.story.ledger import Absent
from dunwell.sim.story.player import Player


class When(NamedTuple):
    """The day an event is told for, and its time of day if the story gives one."""

    day: dt.date
    time: dt.time | None


Effect = Callable[[Player, When, Said], None]


class Kind(NamedTuple):
    """One kind of line: its form, what it does, and whether it may stand without a date."""

    form: Form
    effect: Effect
    is_setting: bool
    is_event: bool


KINDS: list[Kind] = []


def kind(notation: str, *, setting: bool = False, event: bool = True) -> Callable[[Effect], Effect]:
    """Add a kind of line; `setting`: it may stand at the top, without a date."""

    def wrap(effect: Effect) -> Effect:
        KINDS.append(Kind(Form(notation), effect, setting, event))
        return effect

    return wrap


@kind("policy POLICY", setting=True, event=False)
def _policy(p: Player, _when: When, said: Said) -> None:
    if not p.is_fixed:
        p.policy = p.case_policy = p.policy_named(said["policy"])
        p.policies_seen = [p.policy]


@kind("country CODE", setting=True, event=False)
def _country(p: Player, _when: When, said: Said) -> None:
    p.calendar, p.country = p.calendar_of(said["code"]), said["code"]
    if p.entity_calendar.ref.startswith("-"):
        p.entity_calendar = p.calendar


@kind("entity_country CODE", setting=True, event=False)
def _entity_country(p: Player, _when: When, said: Said) -> None:
    p.entity_calendar = p.calendar_of(said["code"])


@kind("zone CODE", setting=True, event=False)
def _zone(p: Player, _when: When, said: Said) -> None:
    p.zone = _zone_named(said["code"])


@kind("customer_zone CODE", setting=True, event=False)
def _customer_zone(p: Player, _when: When, said: Said) -> None:
    p.customer_zone = _zone_named(said["code"])


def _zone_named(code: str) -> str:
    try:
        return zoneinfo.ZoneInfo(code).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise Absent(f"no time zone {code}; write one such as Europe/Berlin") from None


@kind("currency CODE", setting=True, event=False)
def _currency(p: Player, _when: When, said: Said) -> None:
    p.base = _currency_named(said["code"])


def _currency_named(code: str) -> str:
    if code not in money.CURRENCIES:
        raise Absent(f"no currency {code}; write an ISO 4217 code such as EUR")
    return code


@kind("segment WORD", setting=True)
def _segment(p: Player, _when: When, said: Said) -> None:
    p.segment_given = said["word"]


@kind("path WORD until DATE")
def _path(p: Player, when: When, said: Said) -> None:
    until = said.day("until")
    assert until is not None
    p.path = (said["word"], when.day, until)


@kind("likelihood N", setting=True)
def _likelihood(p: Player, _when: When, said: Said) -> None:
    p.likelihood = int(said["n"])


@kind("grade excellent|good|fair|poor|unknown", setting=True)
def _grade(p: Player, _when: When, said: Said) -> None:
    p.grade_given = said["word"]


@kind("revenue AMOUNT", setting=True)
def _revenue(p: Player, _when: When, said: Said) -> None:
    given = said.amount()
    assert given is not None
    p.known = msgspec.structs.replace(p.known, revenue_minor=given[1])


@kind("strategic yes|no", setting=True)
def _strategic(p: Player, _when: When, said: Said) -> None:
    p.known = msgspec.structs.replace(p.known, strategic=said["word"] == "yes")


@kind("placed_before yes|no", setting=True)
def _placed_before(p: Player, _when: When, said: Said) -> None:
    p.known = msgspec.structs.replace(p.known, earlier_placement=said["word"] == "yes")


@kind("natural_person yes|no", setting=True)
def _natural_person(p: Player, _when: When, said: Said) -> None:
    p.natural_person = said["word"] == "yes"
    p.known = msgspec.structs.replace(p.known, natural_person=p.natural_person)


@kind("pays by WORD", setting=True)
def _pays_by(p: Player, _when: When, said: Said) -> None:
    """How invoices told from now on are paid; direct debit is collected automatically."""
    p.method = said["word"]


@kind("route ROUTES", setting=True)
def _route(p: Player, _when: When, said: Said) -> None:
    pairs = [] if said["routes"] == "none" else said["routes"].split()
    p.routes = []
    for n, pair in enumerate(pairs, start=1):
        channel, _, role = pair.partition(":")
        p.routes.append(book.Route(role, channel, n))


@kind("rate CODE RATE", setting=True)
def _rate(p: Player, _when: When, said: Said) -> None:
    p.rates[_currency_named(said["code"])] = said["rate"]


@kind("checklist NAME open|done|waived", setting=True)
def _checklist(p: Player, _when: When, said: Said) -> None:
    """Say of a row of the checklist before an agency how it stands; without a line it is done."""
    row = said["name"]
    if row not in handoff.ROWS:
        raise Absent(f"no row {row} in the checklist; there are: {', '.join(handoff.ROWS)}")
    p.lacking = [r for r in p.lacking if r != row]
    if said["word"] == "open":
        p.lacking.append(row)
