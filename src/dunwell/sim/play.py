"""Play a made-up book on the real desk: take it in, then live day after day with it.

What the demo shows, what the year-long tests check and what a benchmark measures all go in by
the same door as a user's files: `desk.receive`, `desk.look`, `desk.dispatch`.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dunwell.core.complaints import Complaint
from dunwell.core.decision import Act, Ask
from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Refused
from dunwell.core.message import Message, Receipt
from dunwell.core.scope import Scope
from dunwell.delivery.channel import Channel
from dunwell.desk import (
    approve,
    checklist,
    dispatch,
    dispute,
    found,
    hold,
    look,
    promise,
    receive,
    settle,
)
from dunwell.sim.nouns import Book, Casework, Contacted, Entity
from dunwell.sim.world import World

_STOPS = {"dispute", "promise", "hold", "insolvency", "legal_representation", "ceased"}


class _Batch(NamedTuple):
    rows: tuple[Any, ...]
    complaints: tuple[Complaint, ...] = ()


class Day(NamedTuple):
    """What one day came to."""

    on: dt.date
    proposal: look.Proposal
    sent: dispatch.Dispatched


def instant(day: dt.date, hour: int = 6) -> dt.datetime:
    """Return a time on a played day."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)


def new_entity(entity: Entity, *, policy: str = "classic") -> found.NewEntity:
    """Return what the desk is to know of a made-up company: letterhead and an account."""
    iban = _IBAN.get(entity.country, "")
    bank = {"iban": iban} if iban else {"account_number": "12345678", "bank_name": "Sample Bank"}
    bank["account_name"] = entity.name
    return found.NewEntity(
        code=entity.code,
        currency=entity.currency,
        time_zone=entity.time_zone,
        country=entity.country,
        name=entity.name,
        policy=policy,
        sender={
            "address_lines": entity.address.split("\n") if entity.address else [],
            "email": entity.email,
            "phone": entity.phone,
            "signatories": {
                "collector": "Alex Morgan", "manager": "Robin Falk", "executive": "Kim Sander",
            },
        },
        bank={"*": bank},
    )  # fmt: skip


# Example accounts from the registry of IBAN formats (ISO 13616): real formats, nobody's money.
_IBAN = {
    "DE": "DE89370400440532013000", "GB": "GB33BUKB20201555555555",
    "FR": "FR1420041010050500013M02606", "ES": "ES9121000418450200051332",
    "SE": "SE4550000000058398257466",
}  # fmt: skip


def take_in(scope: Scope, book: Book) -> None:
    """Bring the whole book in, with what is already in dispute, promised or held."""
    for kind, some in (
        ("rates", book.rates), ("customers", book.customers), ("contacts", book.contacts),
        ("items", book.items), ("payments", book.payments), ("history", book.history),
        ("orders", book.orders),
    ):  # fmt: skip
        take(scope, kind, some, as_of=book.as_of)
    for case in book.casework:
        open_case(scope, case)


def take(scope: Scope, kind: str, some: Sequence[Any], *, as_of: dt.date) -> None:
    """Take typed rows in as if they had come in a file of that day."""
    if some:
        receive.run(
            scope, kind, batches(some), file=f"{kind}.csv", sha256="", as_of=as_of,
            now=instant(as_of, 5),
        )  # fmt: skip


def batches(some: Sequence[Any], *, size: int = 1000) -> Iterator[_Batch]:
    """Cut rows into batches, as intake does."""
    for start in range(0, len(some), size):
        yield _Batch(tuple(some[start : start + size]))


def open_case(scope: Scope, case: Casework) -> None:
    """Record what a person at the desk knows of; what has ended is left alone."""
    if case.kind not in _STOPS or case.ended_on is not None:
        return
    until = case.until_on
    if until is not None and until < case.on:
        return
    amount = case.items[0][1] if len(case.items) == 1 else None
    if case.kind == "dispute" and case.items:
        _object(scope, case, amount)
        return
    if case.kind == "promise" and until is not None:
        _promise(scope, case, until, amount)
        return
    try:
        hold.open_hold(
            scope, case.customer, items=[name for name, _ in case.items], amount_minor=amount,
            on=case.on, until=until, reason=case.reason or case.kind, now=instant(case.on, 7),
            kind=case.kind,
        )  # fmt: skip
    except Refused as error:
        if error.reason != "unknown_item":  # paid and gone since the customer spoke of it
            raise


def _object(scope: Scope, case: Casework, amount: int | None) -> None:
    """Record a dispute; of an item of which less is open by now, all that is."""
    for minor in (amount, None):
        try:
            dispute.open_dispute(
                scope, case.customer, items=[name for name, _ in case.items], amount_minor=minor,
                code=case.reason or "other", on=case.on, now=instant(case.on, 7),
                entity=case.entity,
            )  # fmt: skip
        except Refused as error:
            if error.reason in _GONE:
                return
            if error.reason != "above_open":
                raise
        else:
            return


def _promise(scope: Scope, case: Casework, until: dt.date, amount: int | None) -> None:
    """Record a promise; what lies farther ahead than anybody may agree to is not agreed."""
    try:
        promise.open_promise(
            scope, case.customer, items=[name for name, _ in case.items], amount_minor=amount,
            until=until, on=case.on, now=instant(case.on, 7), origin="call", entity=case.entity,
            currency=case.currency,
        )  # fmt: skip
    except Refused as error:
        if error.reason not in (*_GONE, "too_far", "agreed_already"):
            raise


_GONE = ("unknown_item", "nothing_open")
"""What was disputed or promised is paid and gone since the customer spoke of it."""


def days(
    scope: Scope,
    world: World,
    *,
    until: dt.date,
    routes: Mapping[str, Channel],
    told: Callable[[Day], None] = lambda _d: None,
    answers: Callable[[Scope, Day], None] = lambda _s, _d: None,
) -> list[Contacted]:
    """Live until a day: take in what comes, look, send; customers hear what was sent.

    `answers` is the person who answers what waits for a role, by default nobody. Returns what
    customers heard on the last day, for the day after.
    """
    heard: list[Contacted] = []
    while world.as_of < until:
        on = wake(scope, world, heard)
        done = run(scope, on, routes=routes)
        answers(scope, done)
        heard = list(_heard(done.proposal))
        told(done)
    return heard


def wake(scope: Scope, world: World, heard: Sequence[Contacted] = ()) -> dt.date:
    """Let one more day begin: take in what it brings; return the day."""
    events = world.tomorrow(list(heard))
    for kind, some in (
        ("customers", events.customers), ("contacts", events.contacts),
        ("rates", events.rates), ("items", [*events.items, *events.credit_notes]),
        ("payments", [*events.payments, *events.reversals]),
    ):  # fmt: skip
        take(scope, kind, some, as_of=events.on)
    for case in (*events.disputes, *events.promises, *events.stops):
        open_case(scope, case)
    return events.on


def run(scope: Scope, on: dt.date, *, routes: Mapping[str, Channel]) -> Day:
    """Do one day's run, its slots played at once: judge, look, record, send."""
    settle.nightly(scope, as_of=on, now=instant(on))
    proposal = look.propose(scope, as_of=on)
    look.record(scope, proposal, mode="run", now=instant(on))
    sent = dispatch.run(scope, routes, worker="sim", now=instant(on, 21), plays=on)
    return Day(on, proposal, sent)


def answer(scope: Scope, day: Day) -> None:
    """Answer what waits for a role as a busy manager does: some each day, most with a yes."""
    for x in day.proposal.lines:
        for asked in x.made.asks if isinstance(x.made, Act | Ask) else ():
            key = asked.actions[0].key
            chance = zlib.crc32(f"{key} {day.on}".encode()) % 100
            try:
                if chance < _YES:
                    checklist.complete(
                        scope, key, note="worked through", as_of=day.on, now=instant(day.on, 15)
                    )
                    approve.approve(scope, key, as_of=day.on, now=instant(day.on, 15))
                elif chance < _YES + _NO:
                    approve.refuse(
                        scope, key, reason="speaks to them first", until=None, as_of=day.on,
                        now=instant(day.on, 15),
                    )  # fmt: skip
            except Refused as error:
                if error.reason != "nothing_asked":  # the line stood, and was answered before
                    raise


_YES, _NO = 55, 10


class Weather:
    """A channel of the real world around another: some addresses are dead, some lines break.

    Which ones follows from the message's own key, so that the same book has the same troubles.
    """

    def __init__(self, inner: Channel, *, dead_in: int = 60, breaks_in: int = 180) -> None:
        self.inner, self.dead_in, self.breaks_in = inner, dead_in, breaks_in

    def open(self) -> None:
        """Open the channel inside."""
        self.inner.open()

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Hand over, unless the weather is bad.

        Raises: DeliveryFailed or HandoverUnknown, as `channel.Channel` says.
        """
        if message.channel == "email":
            if zlib.crc32(f"address {message.to}".encode()) % self.dead_in == 0:
                raise DeliveryFailed(
                    f"{message.to}: no such mailbox", permanent=True, evidence="550 5.1.1"
                )
            if zlib.crc32(f"line {message.key}".encode()) % self.breaks_in == 0:
                raise HandoverUnknown("the connection broke while handing over")
        return self.inner.send(message, at=at)

    def close(self) -> None:
        """Close the channel inside."""
        self.inner.close()


def _heard(proposal: look.Proposal) -> Iterable[Contacted]:
    for x in proposal.lines:
        # What demands nothing, a reminder of an instalment, is answered by paying it, or not.
        if isinstance(x.made, Act) and x.facts is not None and x.made.lines:
            labels = {i.id: i.label for i in x.facts.items}
            yield Contacted(
                customer=x.customer,
                entity=x.entity,
                tone=x.made.tone,
                channel=x.made.actions[0].channel,
                items=tuple(labels[i] for i, _ in x.made.lines),
            )
