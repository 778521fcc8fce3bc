"""Where a story's policies and calendars come from: built in, beside the story, by country."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import holidays

from dunwell import policies as built_in
from dunwell.core import policy as policies
from dunwell.core import workdays
from dunwell.sim.story.ledger import Absent

YEARS = range(2012, 2041)


@lru_cache(maxsize=64)
def calendar_of(code: str) -> workdays.Calendar:
    """Return the public holidays of a country ("DE") or a part of one ("DE-BY"); "-": none.

    Raises: Absent for a country that is not known.
    """
    if code == "-":
        return workdays.Calendar("-/0")
    country, _, part = code.partition("-")
    try:
        closed = holidays.country_holidays(country, subdiv=part or None, years=YEARS)
    except NotImplementedError:
        raise Absent(f"no country {code!r}; write an ISO 3166 code such as DE or US") from None
    return workdays.Calendar(f"{code}/0", closed=closed)


def policies_near(folder: Path) -> Callable[[str], policies.Policy]:
    """Return a finder of policies: the built-in ones by name, others as files near a story.

    The finder raises Absent for a policy that is not there or not understood.
    """

    def policy_named(name: str) -> policies.Policy:
        if name in built_in.BUILT_IN:
            return _built_in(name)
        path = folder / name
        if not path.is_file():
            raise Absent(
                f"no policy {name}; there are {', '.join(built_in.BUILT_IN)}, "
                "or a file beside the story"
            )
        document, complaints = built_in.read(path.read_text("utf-8"), file=name)
        if document is None:
            raise Absent("; ".join(map(str, complaints)))
        return policies.compile_policy(built_in.whole(document), version=1)

    return policy_named


def built_in_named(name: str) -> policies.Policy:
    """Return a built-in policy. Raises: Absent for any other."""
    if name not in built_in.BUILT_IN:
        raise Absent(f"no policy {name}; there are {', '.join(built_in.BUILT_IN)}")
    return _built_in(name)


@lru_cache(maxsize=16)
def _built_in(name: str) -> policies.Policy:
    return policies.compile_policy(built_in.built_in(name), version=1)
