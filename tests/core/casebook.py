"""A case in few words, for tests of the core: what a test does not say is plain and in order.

    decide_on("2026-03-02", policy(), items=[invoice("A", due="2026-03-01")])

Days are written as ISO text. The calendar has weekends and the holidays a test names.
2026-03-02 is a Monday.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from dunwell.core import book, decide, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Ask, Decision, Wait
from dunwell.core.reasons import Reason

DAY = dt.timedelta(days=1)
OPEN = workdays.Calendar("open/0", weekend=())
WEEK = workdays.Calendar("week/0")
WINTER = [{"first": "12-24", "last": "01-01"}]


def day(text: str | dt.date) -> dt.date:
    """Return the date an ISO text writes."""
    return text if isinstance(text, dt.date) else dt.date.fromisoformat(text)


def calendar(*holidays: str, name: str = "holidays") -> workdays.Calendar:
    """Return a calendar with weekends and these holidays."""
    return workdays.Calendar(f"{name}/{','.join(holidays)}", closed=map(day, holidays))


# --- items -----------------------------------------------------------------------------------


def item_id(number: str, kind: str = "invoice", part: str = "") -> int:
    """Return the id an item made here has, so that a test can name items by number."""
    text = f"{number}/{part}" if part else number
    salt = sorted([*book.DEBITS, "credit_note"]).index(kind)
    return int.from_bytes(text.encode(), "big") * 10 + salt


def invoice(
    number: str = "A",
    minor: int = 100_00,
    *,
    due: str | dt.date,
    currency: str = "EUR",
    kind: str = "invoice",
    part: str = "",
    amount: int | None = None,
    taken: Sequence[book.Taken] = (),
    **said: Any,
) -> book.Item:
    """An open item of EUR 100.00; `minor` is what is open, `amount` what it was made out for."""
    return book.Item(
        item_id(number, kind, part), number, kind, currency, day(due), amount or minor, minor,
        part=part, taken=tuple(taken), **said,
    )  # fmt: skip


def credit(number: str, minor: int, *, names: str = "", currency: str = "EUR") -> book.Item:
    """An open credit note; `names` is the item it reduces."""
    return book.Item(
        item_id(number, "credit_note"), number, "credit_note", currency, day("2026-01-01"), minor,
        minor, applies_to=names,
    )  # fmt: skip


def took(
    step: str,
    on: str | dt.date,
    *,
    tone: str = "friendly",
    phase: str = "overdue",
    named: str | None = None,
) -> book.Taken:
    """A step taken, confirmed on a day."""
    return book.Taken(step, day(on), tone, phase, day(named) if named else None)


def stop(
    kind: str,
    start: str | dt.date,
    until: str | dt.date | None = None,
    *,
    items: Sequence[str] = (),
    minor: int | None = None,
    clock: str | None = None,
    gives_back: bool = False,
    id: int = 1,
) -> book.Stop:
    """A stop over named items (none: all); `minor` is the amount it covers of each."""
    return book.Stop(
        id, kind, day(start), day(until) if until else None,
        tuple((item_id(n), minor) for n in items), day(clock) if clock else None, gives_back,
    )  # fmt: skip


def contacted(
    on: str, tone: str = "friendly", channel: str = "email", *, reached: bool = True
) -> book.Outreach:
    """A demand or reminder made."""
    return book.Outreach(day(on), tone, channel, reached)


def flight(step: str = "one", state: str = "ready", *, takes_step: bool = True) -> book.Flight:
    """An action under way since 1 March 2026."""
    return book.Flight(f"key-{step}-{state}", step, "email", state, day("2026-03-01"), takes_step)


ROUTES = (
    book.Route("ap", "email", 1),
    book.Route("ap", "letter", 1),
    book.Route("ap", "phone", 1),
    book.Route("ap", "sms", 1),
)


def facts(**said: Any) -> book.Facts:
    """The facts of a case; every day open, every route there, nothing known that hinders."""
    given: dict[str, Any] = {
        "organisation": "org", "entity": "MAIN", "customer": "C-1", "base_currency": "EUR",
        "calendar": OPEN, "entity_calendar": said.get("calendar", WEEK), "routes": ROUTES,
        "case_no": 1, "has_open_case": True,
    } | said  # fmt: skip
    return book.Facts(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


# --- policies --------------------------------------------------------------------------------


def step(id: str, at: int, *channels: str, **said: Any) -> dict[str, Any]:
    """A step of a cadence, by e-mail unless it says otherwise; its id says nothing of its tone."""
    actions = said.pop("actions", [{"channel": c} for c in channels or ("email",)])
    return {"id": id, "day": at, "actions": actions} | said


def document(
    *steps: dict[str, Any], outcomes: Sequence[dict[str, Any]] = (), **said: Any
) -> dict[str, Any]:
    """A policy as people write it, with one cadence for everybody; settings by name."""
    segment = {"name": "standard", "cadence": "only"} | said.pop("segment", {})
    segments = said.pop("segments", [segment])
    return {
        "policy": "test",
        "settings": {"quiet_seasons": []} | said,
        "segments": segments,
        "cadences": {"only": {"steps": list(steps) or list(LADDER), "outcomes": list(outcomes)}},
    }


LADDER = (
    step("one", 1, wait=7, tone="friendly"),
    step("two", 8, wait=7, tone="urgent"),
    step("three", 15, wait=14, tone="firm"),
    step("last", 30, wait=14, tone="formal", final_demand=True),
)


def policy(*steps: dict[str, Any], version: int = 1, **said: Any) -> policies.Policy:
    """A policy ready for `decide`: one, two, three, last unless the test gives steps."""
    return policies.compile_policy(policies.parse(document(*steps, **said)), version=version)


# --- decisions -------------------------------------------------------------------------------


def decide_on(
    as_of: str | dt.date, policy: policies.Policy, seen: book.Facts | None = None, **said: Any
) -> Decision:
    """Decide about the facts given, or those made from what is said."""
    return decide.decide(seen if seen is not None else facts(**said), policy, as_of=day(as_of))


def act(made: Decision) -> Act:
    """Return the decision, which must be to act."""
    assert isinstance(made, Act), made
    return made


def ask(made: Decision) -> Ask:
    """Return the decision, which must be to ask."""
    assert isinstance(made, Ask), made
    return made


def wait(made: Decision, reason: Reason | str | None = None) -> Wait:
    """Return the decision, which must be to wait, for this reason if one is given."""
    assert isinstance(made, Wait), made
    assert reason is None or made.reason == reason, made
    return made


def labels(seen: book.Facts, ids: Sequence[int]) -> list[str]:
    """Name items by their label."""
    by_id = {i.id: i.label for i in seen.items}
    return [by_id[i] for i in ids]


def said(made: Decision) -> str:
    """Write a decision in a few words: act STEP, ask WHAT STEP, or wait REASON."""
    if isinstance(made, Act):
        return f"act {made.step}"
    if isinstance(made, Ask):
        return "ask " + ", ".join(f"{a.what} {a.step}" for a in made.asks)
    return f"wait {made.reason}"


def calendar_of_acts(
    policy: policies.Policy, seen: book.Facts, first: str, last: str
) -> list[tuple[str, str]]:
    """Play the days, each message confirmed on its day; return (day, step) of what went out."""
    steps = {s.id: s for c in policy.cadences.values() for s in c.steps}
    out = []
    for n in itertools.count():
        on = day(first) + n * DAY
        if on > day(last):
            return out
        made = decide.decide(seen, policy, as_of=on)
        if isinstance(made, Act):
            out.append((on.isoformat(), made.step))
            seen = confirm(seen, made, on, steps)


def confirm(
    seen: book.Facts, made: Act, on: dt.date, steps: dict[str, policies.Step]
) -> book.Facts:
    """Return the facts after the message went out: what each item took, and the contact."""
    takes = dict(made.takes)

    def after(item: book.Item) -> book.Item:
        if item.id not in takes:
            return item
        s = steps[takes[item.id]]
        one = book.Taken(s.id, on, s.tone, s.phase, made.named_on)
        return msgspec.structs.replace(item, taken=(*item.taken, one))

    return msgspec.structs.replace(
        seen,
        items=tuple(after(i) for i in seen.items),
        outreach=(*seen.outreach, book.Outreach(on, made.tone, "email")),
    )


def eur(amount: str) -> int:
    """Return euros in cents."""
    return int(Decimal(amount) * 100)
