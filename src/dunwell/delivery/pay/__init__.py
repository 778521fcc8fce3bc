"""Paying online: a provider makes a page on which a customer pays, and says whether they did.

The seam is two functions, `start` and `look`; a provider is one module beside this one. What a
provider says is evidence, never a payment: money counts when it stands in the book.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Wanted(NamedTuple):
    """What is to be paid, by whom, and where the customer comes back to.

    `mark` is ours: it tells whose payment a page of the provider's is. `key` makes a repeated
    request one. `back` may hold the provider's placeholder `{SESSION}` for its own id.
    """

    currency: str
    minor: int
    title: str
    reference: str
    language: str
    back: str
    away: str
    mark: str
    key: str


class Started(NamedTuple):
    """The page that was made: its id at the provider, and its address."""

    id: str
    url: str


class Outcome(NamedTuple):
    """What the provider says of a page: whether it was paid, what, and whose it was.

    An amount it does not say clearly is 0.
    """

    id: str
    is_paid: bool
    currency: str
    minor: int
    mark: str
    evidence: str


class Provider(Protocol):
    """Somebody who takes payments online."""

    name: str

    def takes(self, currency: str, minor: int) -> bool:
        """Tell whether this amount can be paid there."""
        ...

    def start(self, wanted: Wanted) -> Started:
        """Make a page to pay on. Raises: Unavailable or Misconfigured."""
        ...

    def look(self, id: str) -> Outcome | None:
        """Return what became of a page, None where there is none. Raises: Unavailable."""
        ...
