"""Who works at the made-up company, what they tell the desk, and what the desk refused them.

Everybody acts under their own name, as at the command line; whom a question waits for answers
it. `Word` is what a person told the desk, in trade words: whoever watches from outside adds up
the words, and asks the desk nothing.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import msgspec

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import found
from dunwell.sim import play
from dunwell.sim.world import World

Done = TypeVar("Done")
How = ParamSpec("How")

COLLECTORS = tuple(f"collector{n}" for n in range(1, 7))
"""The account owners a made-up book names."""
PEOPLE: dict[str, tuple[str, ...]] = {
    "mona": ("manager",), "marc": ("manager",), "paula": ("account_manager",),
    "erik": ("executive",), "lena": ("legal",), "luis": ("legal",), "pia": ("account_manager",),
    **{name: ("collector",) for name in COLLECTORS},
}  # fmt: skip
"""Names and roles; two of each that answers, for nobody answers what they proposed."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person told the desk about a customer.

    `items` holds (label, minor or None for all of it), none for the whole customer. `until_on`
    is the last day it holds, `ended_on` the first on which it does not. Money since `made_on`
    counts for a promise or plan; `due` are a plan's instalments: the last day of tolerance, and
    the amount.
    """

    what: str
    customer: str
    on: dt.date
    id: int = 0
    made_on: dt.date | None = None
    entity: str = ""
    items: tuple[tuple[str, int | None], ...] = ()
    until_on: dt.date | None = None
    ended_on: dt.date | None = None
    amount_minor: int = 0
    currency: str = ""
    due: tuple[tuple[dt.date, int], ...] = ()
    outcome: str = ""


class Office:
    """The people at one desk: their names, their luck, their words, and what was refused."""

    def __init__(
        self,
        scope: Scope,
        world: World,
        *,
        arrived: Callable[[str], bool],
        told: Callable[[Word], None],
    ) -> None:
        self.scope, self.world, self.arrived, self.told = scope, world, arrived, told
        self.seen: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        now = play.instant(world.as_of, 4)
        for name, roles in PEOPLE.items():
            found.add_user(scope, name, roles=roles, now=now)

    def by(self, name: str) -> Scope:
        """Return the desk as one person acts at it."""
        return self.scope._replace(actor=name)

    def holders(self, role: str) -> list[str]:
        """Return who holds a role."""
        return [name for name, roles in PEOPLE.items() if role in roles]

    def chance(self, *about: object) -> int:
        """Return a number below 100 that follows from what it is about, and from nothing else."""
        return zlib.crc32("|".join(map(str, about)).encode()) % 100

    def pick(self, some: Sequence[Done], *about: object) -> Done:
        """Return one of some things, by what it is about."""
        return some[zlib.crc32("|".join(map(str, about)).encode()) % len(some)]

    def collector(self, customer: str) -> str:
        """Return who looks after a customer."""
        return self.pick(COLLECTORS, customer)

    def attempt(self, do: Callable[How, Done], *a: How.args, **kw: How.kwargs) -> Done | None:
        """Do something at the desk; what it refuses is counted by its reason."""
        try:
            return do(*a, **kw)
        except Refused as error:
            self.refused[error.reason] += 1
            return None

    def say(self, word: Word) -> None:
        """Tell the world outside what was told the desk."""
        self.seen[word.what] += 1
        self.told(word)


def at(on: dt.date, hour: int = 15) -> dt.datetime:
    """Return a time of a working day."""
    return play.instant(on, hour)
