"""The world of the machine: a small organisation, its clock, and channels with moods.

Seven customers of two companies, each a kind of its own; a neighbour organisation beside them,
with the same numbers and work that waits, of which no row may ever change. Must not know: what
may be demanded of whom (`machine_truth`), or what happens when (`machine`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection

from dunwell.core import rows
from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Unavailable
from dunwell.core.message import Message, Receipt
from dunwell.core.scope import Scope
from dunwell.desk import dispatch, found, hold, look, promise, receive, settle, trail
from dunwell.store import models, tx
from helpers import Part, customer, fingerprint, invoice, payment

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 3, 23)
"""A Monday; Good Friday and Easter Monday lie eleven and fourteen days ahead, 1 May after."""
ENTITIES = (
    found.NewEntity("MAIN", "EUR", "Europe/Berlin", "DE"),
    found.NewEntity("ISLE", "GBP", "Europe/London", "GB"),
)
WHO = ("NAT", "VIP", "RISK", "MUM", "KID", "ACME", "AUTO")
"""A natural person, a key account, a bad payer, a parent and the child it pays for, one like any
other, and one whose bank collects."""


class Died(BaseException):
    """The process is gone: nothing that the program could catch."""


MOODS = ("well", "later", "never", "unknown", "unreachable", "dies before", "dies after")


class Moody:
    """The one way out: all messages but one go well, and that one as the mood has it.

    `dies before` is before the other side took it, `dies after` when it has, and no receipt
    came back. What was taken, or may have been, is handed to `world.witness` as it leaves.
    """

    def __init__(self, world: World) -> None:
        self.world, self.mood, self.after = world, "well", 0

    def open(self) -> None:
        """Raises: Unavailable while the other side cannot be reached at all."""
        if self.mood == "unreachable" and not self.after:
            raise Unavailable("the other side is down")

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Hand over, or not. Raises: as `channel.Channel` says, and Died."""
        assert not connection.in_atomic_block, "the network is used inside a transaction"
        self.after -= 1
        mood = self.mood if self.after == -1 else "well"
        if mood == "later":
            raise DeliveryFailed("greylisted", permanent=False, evidence="451 4.7.1")
        if mood == "never":
            raise DeliveryFailed("no such mailbox", permanent=True, evidence="550 5.1.1")
        if mood == "unreachable":
            raise Unavailable("the line went down")
        if mood == "dies before":
            raise Died
        self.world.witness(message)
        if mood == "unknown":
            raise HandoverUnknown("the connection broke while handing over")
        if mood == "dies after":
            raise Died
        return Receipt(
            key=message.key, channel=message.channel, kind="accepted", at=at, evidence="250 ok"
        )

    def close(self) -> None:
        """Nothing to close."""


class Night(NamedTuple):
    """What a night came to."""

    proposal: look.Proposal
    fresh: list[Any]


class World:
    """One organisation, the neighbour, the day it is, and all that left the house."""

    def __init__(self, *, judge: Callable[..., Iterable[str]]) -> None:
        self.day, self._minutes = FIRST, 0
        self.judge = judge
        self.wrong: list[str] = []
        self.post = Moody(self)
        self.handed: Counter[str] = Counter()
        self.sent: list[Message] = []
        self.received: Counter[str] = Counter()
        self.payments: dict[tuple[str, str], rows.PaymentRow] = {}
        self.last_file: tuple[str, list[Any]] | None = None
        self.seen: Counter[str] = Counter()
        self.workers = 0
        self.stops: dict[int, tuple[int, str]] = {}
        self.said_sent: set[str] = set()
        self.judged_on: dt.date | None = None
        self.neighbour = _neighbour()
        self.before = digest(self.neighbour)
        self.scope = found.run("acme", list(ENTITIES), by="anna", now=self.now())
        self.ben, self.cleo = _people(self.scope)
        _open_book(self)

    # --- the clock ------------------------------------------------------------------------

    def now(self) -> dt.datetime:
        """Return the time; each look at the clock is a minute later than the last."""
        self._minutes += 1
        start = dt.datetime.combine(self.day, dt.time(5), tzinfo=dt.UTC)
        return start + dt.timedelta(minutes=self._minutes)

    def tomorrow(self) -> None:
        """Let the next day begin."""
        self.day, self._minutes = self.day + DAY, 0

    def at_least(self, hour: int) -> None:
        """Let it be that hour (UTC), unless it is later already."""
        self._minutes = max(self._minutes, (hour - 5) * 60)

    # --- what the machine does at the desk ------------------------------------------------

    def take(self, kind: str, *some: Any) -> receive.Report:
        """Receive a file of rows, and remember it."""
        report = receive.run(
            self.scope, kind, [Part(tuple(some))], file=f"{kind}.csv", sha256="0" * 64,
            as_of=self.day, now=self.now(),
        )  # fmt: skip
        self.last_file = (kind, list(some))
        self._count(some, report)
        return report

    def _count(self, some: Sequence[Any], report: receive.Report) -> None:
        """Keep a book of the money told, of files of one row each."""
        if report.kind != "payments" or not report.counts.get("created"):
            return
        (row,) = some
        key = (row.entity or "MAIN", row.reverses or row.reference)
        if row.kind == "reversal":
            first = self.payments.pop(key)
            self.received[first.currency or ""] -= first.amount_minor
        else:
            self.payments[key] = row
            self.received[row.currency or ""] += row.amount_minor

    def take_again(self) -> None:
        """Receive the last file once more: nothing may change."""
        if self.last_file is None or self.last_file[0] not in ("items", "payments"):
            return
        kind, some = self.last_file
        before = fingerprint(self.scope)
        self.take(kind, *some)
        if fingerprint(self.scope) != before:
            self.wrong.append(f"the same file of {kind} twice changed the book: {some}")

    def night(self) -> Night:
        """Do the night's work but for sending."""
        now = self.now()
        self.wrong += receive.finish_others(self.scope, now=now)
        self.wrong += settle.nightly(self.scope, as_of=self.day, now=now)
        proposal = look.propose(self.scope, as_of=self.day)
        self.wrong += [f"{who}: {error}" for who, error in proposal.failed]
        fresh = look.record(self.scope, proposal, mode="run", now=self.now())
        self.seen.update(proposal.counts["by_reason"])
        return Night(proposal, fresh)

    def dispatch(self, *, mood: str = "well", after: int = 0, hour: int = 10) -> None:
        """Send what is due, by a new worker who knows which ones have died."""
        self.at_least(hour)
        self.post.mood, self.post.after = mood, after
        dead = dispatch.owners(self.scope)
        self.workers += 1
        routes = {"email": self.post, "letter": self.post}
        try:
            dispatch.run(self.scope, routes, worker=f"w{self.workers}", now=self.now(), dead=dead)
        except Died:
            self.seen["died"] += 1

    def witness(self, message: Message) -> None:
        """Look at what leaves the house, at the moment it leaves."""
        self.handed[message.key] += 1
        if self.handed[message.key] > 1:
            self.wrong.append(f"{message.key} was handed over twice")
        with tx.reading(self.scope):
            action = models.Action.objects.select_related("decision", "customer", "entity").get(
                organisation_id=self.scope.organisation_id, key=message.key, state="handing"
            )
            self.wrong += self.judge(self.scope, action, message, on=self.day)
        self.sent.append(message)
        self.seen[f"sent {action.step}"] += 1

    def seal(self) -> None:
        """Seal the journal, as every command does at its end."""
        trail.seal(self.scope, now=self.now())


def _people(scope: Scope) -> tuple[Scope, Scope]:
    """Return ben, who works the cases, and cleo, who answers what is asked."""
    at = dt.datetime.combine(FIRST, dt.time(4), tzinfo=dt.UTC)
    found.add_user(scope, "ben", roles=["collector", "account_manager", "manager"], now=at)
    found.add_user(
        scope, "cleo", now=at,
        roles=["collector", "account_manager", "manager", "executive", "legal"],
    )  # fmt: skip
    return scope._replace(actor="ben"), scope._replace(actor="cleo")


_WHO: dict[str, dict[str, Any]] = {
    "NAT": {"natural_person": True, "country": "US", "time_zone": "America/New_York"},
    "VIP": {"strategic": True, "annual_revenue_minor": 90_000_000},
    "RISK": {"history_grade": "poor"},
    "MUM": {"country": "FR"},
    "KID": {"parent": "MUM", "pays_via_parent": True},
    "ACME": {"country": "GB"},
    "AUTO": {"payment_method": "direct_debit"},
}


def _open_book(world: World) -> None:
    """Let each customer owe something old, something young and something not due yet."""
    take = world.take
    take("rates", *_rates())
    take("customers", *(customer(who, **_WHO[who]) for who in WHO))
    for who in WHO:
        mailbox = f"@{who.lower()}.example"
        take(
            "contacts",
            _person(who, "ap", email=f"ap{mailbox}", phone="+49 30 1", address=f"{who}\nTown"),
            _person(who, "executive", email=f"boss{mailbox}"),
            _person(who, "manager", phone="+49 30 2"),
        )
    take("items", *(
        invoice(f"{who}-{n}", minor, customer=who, due_on=FIRST + days * DAY,
                issued_on=FIRST + (days - 30) * DAY, entity="MAIN")
        for who in WHO
        for n, (minor, days) in enumerate([(90_000, -75), (40_000, -12), (12_000, 6)])
    ))  # fmt: skip
    take("items", *(
        invoice(f"{who}-9", 650_000, customer=who, due_on=FIRST - 100 * DAY, currency="GBP",
                entity="ISLE")
        for who in ("ACME", "RISK")
    ))  # fmt: skip
    take("history", *(
        rows.HistoryRow(line=2, customer=who, item=f"{who}-0", step="final_demand",
                        on=FIRST - 20 * DAY, channel="email")
        for who in ("RISK", "ACME", "NAT")
    ))  # fmt: skip


def _person(who: str, role: str, **said: Any) -> rows.ContactRow:
    return rows.ContactRow(line=2, customer=who, role=role, name=f"the {role}", **said)


def _rates() -> list[rows.RateRow]:
    """EUR, GBP and USD have rates; SEK has none."""
    pairs = [("GBP", "EUR", "1.2"), ("USD", "EUR", "0.9"), ("EUR", "GBP", "0.8"),
             ("USD", "GBP", "0.75")]  # fmt: skip
    return [
        rows.RateRow(line=2, currency=c, base=b, on=FIRST - 400 * DAY, rate=rate)
        for c, b, rate in pairs
    ]


def _neighbour() -> Scope:
    """Return another organisation, with the same references and work that waits for somebody.

    Its message is ready, its promise is broken by tomorrow, its hold ends, a payment stands.
    """
    scope = found.run("neighbour", list(ENTITIES), by="dora", now=_early(FIRST))
    for kind, some in (
        ("customers", [customer("ACME"), customer("RISK")]),
        ("items", [
            invoice("ACME-0", 90_000, customer="ACME", due_on=FIRST - 75 * DAY, entity="MAIN"),
            invoice("RISK-0", 90_000, customer="RISK", due_on=FIRST - 75 * DAY, entity="MAIN"),
            invoice("RISK-1", 5_000, customer="RISK", due_on=FIRST - 5 * DAY, entity="MAIN"),
        ]),
        ("payments", [payment("P-1", 1_000, customer="ACME", on=FIRST, entity="MAIN")]),
    ):  # fmt: skip
        receive.run(
            scope, kind, [Part(tuple(some))], file=kind, sha256="", as_of=FIRST, now=_early(FIRST)
        )
    promise.open_promise(
        scope, "RISK", items=["RISK-1"], until=FIRST, on=FIRST, now=_early(FIRST), entity="MAIN"
    )
    hold.open_hold(
        scope, "RISK", items=["RISK-0"], amount_minor=10_000, on=FIRST, until=FIRST + DAY,
        reason="a question", now=_early(FIRST),
    )  # fmt: skip
    look.record(scope, look.propose(scope, as_of=FIRST), mode="run", now=_early(FIRST))
    trail.seal(scope, now=_early(FIRST))
    return scope


def _early(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC)


def digest(scope: Scope) -> str:
    """Return one hash of every row an organisation owns."""
    found = hashlib.sha256()
    with tx.reading(scope), connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(
                f"SELECT * FROM {table} WHERE organisation_id = %s ORDER BY id",  # noqa: S608
                [scope.organisation_id],
            )
            found.update(repr((table, cursor.fetchall())).encode())
    return found.hexdigest()


def _tables() -> list[str]:
    """Return the tables whose rows belong to an organisation."""
    return sorted(
        m._meta.db_table
        for m in apps.get_app_config("store").get_models()
        if any(f.name == "organisation" for f in m._meta.fields)
    )
