"""A company with its people lives through months of faults, and a watcher finds nothing wrong.

`SEED=17 .venv/bin/python -m pytest tests/sim/test_year_people.py -k bounded` plays another one.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from pathlib import Path

import company
import msgspec
import peopled
import pytest
import watcher
from watcher import DAY, Sent, Watcher

import databases
from dunwell.core import rows
from dunwell.sim.staff import Word

SEED = int(os.environ.get("SEED", "3"))

pytestmark = pytest.mark.one_database


def lived(*, customers: int, days: int, seed: int, companies: int) -> peopled.Peopled:
    """Live through some days with people and faults."""
    made = peopled.generated(customers=customers, seed=seed, companies=companies)
    return peopled.Peopled(company.founded(made), made, days=days, seed=seed).live()


def test_a_bounded_year_writes_to_nobody_it_must_not(home: Path) -> None:
    """Whatever people and faults do, every message was right on its day; each case has its end.

    Nobody paid, disputed, promised, planned, held, in credit or insolvent is written to; no key
    and no step goes twice; contacts keep their distance; VIPs are called before a stern mail.
    """
    played = lived(customers=32, days=62, seed=SEED, companies=1)
    assert played.faults(home) == []
    struck = {
        "crashes while sending", "days without a mail server", "days without a run",
        "files imported twice", "days nothing was sent for stale data",
    }  # fmt: skip
    assert {k for k in struck if played.counts[k]} == struck
    seen = played.staff.office.seen
    done = ("promise", "dispute", "plan", "call reached", "reply closed", "yes to notice")
    assert [k for k in done if not seen[k]] == []
    assert len(played.sent) > 50
    assert len(played.outcomes()) > 1


Changed = Callable[[Watcher, Sent], Sent | None]


class Caught(Exception):
    """A message has been caught on its way into the watcher."""


@pytest.fixture(scope="module")
def caught(
    template: databases.Sqlite, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Watcher, Sent]:
    """A message that demands one customer's own debt, and the watcher before it has seen it."""
    made = template.fresh(tmp_path_factory.mktemp("caught") / "home")
    book = peopled.generated(customers=20, seed=3, companies=1)
    played = peopled.Peopled(company.founded(book), book, days=40, seed=3)
    found: list[tuple[Watcher, Sent]] = []
    whole = played.watcher

    class Catching:
        def __getattr__(self, name: str) -> object:
            return getattr(whole, name)

        def against(self, sent: Sent) -> list[watcher.Fault]:
            is_own = sent.customer not in whole.payers and not whole.children.get(sent.customer)
            if is_own and sent.act.phase == "overdue" and sent.customer not in whole.automatic:
                found.append((copy.deepcopy(whole), sent))
                raise Caught
            return whole.against(sent)

    played.watcher = Catching()
    with pytest.raises(Caught):
        played.live()
    template.take_back(made)
    return found[0]


def word(what: str, sent: Sent, **said: object) -> Word:
    """Return a word about everything a message lists, said the day before."""
    names = tuple((x.number, None) for x in sent.read.shown())
    given = {"items": names, "entity": sent.entity, "on": sent.on - DAY, "id": 9_999} | said
    return Word(what=what, customer=sent.customer, **given)  # type: ignore[arg-type]


def is_paid(mine: Watcher, sent: Sent) -> None:
    for line in sent.read.shown():
        mine.items[sent.entity, sent.customer][line.number].open_minor = 0


def is_disputed(mine: Watcher, sent: Sent) -> None:
    mine.hear(word("dispute", sent))


def is_promised(mine: Watcher, sent: Sent) -> None:
    mine.hear(word("promise", sent, until_on=sent.on, amount_minor=10**9, currency="EUR"))


def is_planned(mine: Watcher, sent: Sent) -> None:
    mine.hear(word("plan", sent, due=((sent.on, 10**9),), currency="EUR"))


def is_held(mine: Watcher, sent: Sent) -> None:
    mine.hear(word("hold", sent, until_on=sent.on))


def is_placed(mine: Watcher, sent: Sent) -> None:
    mine.hear(word("agency", sent))


def is_insolvent(mine: Watcher, sent: Sent) -> None:
    mine.hear(word("insolvency", sent, items=(), entity=""))


def has_written(mine: Watcher, sent: Sent) -> None:
    mine.hear(word("reply", sent, items=()))


def is_in_credit(mine: Watcher, sent: Sent) -> None:
    for currency in sent.read.totals:
        money = rows.PaymentRow(
            line=2, reference=f"X{currency}", kind="payment", amount_minor=10**9,
            customer=sent.customer, currency=currency, paid_on=sent.on, entity=sent.entity,
        )  # fmt: skip
        mine.take_money([money])


def is_spoken_to(mine: Watcher, sent: Sent) -> None:
    mine.hear(word("call", sent, outcome="reached"))


def comes_again(mine: Watcher, sent: Sent) -> Sent:
    mine.against(sent)
    return sent._replace(decision=-1)


def is_a_vip(mine: Watcher, sent: Sent) -> Sent:
    mine.called.clear()
    act = msgspec.structs.replace(sent.act, tone="firm")
    return sent._replace(act=act, segment="vip")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (is_paid, "paid"), (is_disputed, "dispute"), (is_promised, "promise"),
        (is_planned, "plan"), (is_held, "hold"), (is_placed, "agency"),
        (is_insolvent, "insolvency"), (has_written, "reply"), (is_in_credit, "in credit"),
        (is_spoken_to, "spacing"), (comes_again, "repeated step"),
        (is_a_vip, "stern before a call"),
    ],
)  # fmt: skip
def test_the_watcher_sees_what_must_not_be(
    caught: tuple[Watcher, Sent], change: Changed, kind: str
) -> None:
    """A message that was right is wrong at once when its customer had paid, objected, or failed."""
    mine, sent = copy.deepcopy(caught[0]), caught[1]
    assert copy.deepcopy(mine).against(sent) == []
    changed = change(mine, sent) or sent
    assert kind in {f.kind for f in mine.against(changed)}


def test_a_key_that_goes_twice_is_seen(caught: tuple[Watcher, Sent]) -> None:
    """The same key sent twice is a duplicate, whatever else is right."""
    mine, sent = copy.deepcopy(caught[0]), caught[1]
    mine.against(sent)
    assert mine.at_the_end() == []
    mine.against(sent)
    assert [f.kind for f in mine.at_the_end()] == ["duplicate"]


@pytest.mark.long
def test_a_year_of_2000_customers(home: Path) -> None:
    """The same for 2,000 customers of three companies through a whole year."""
    played = lived(customers=2_000, days=365, seed=SEED, companies=3)
    assert played.faults(home) == []
