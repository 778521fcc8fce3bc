"""Where a person is needed, on the rail of every page: only numbers that cost a page nothing."""

from __future__ import annotations

from dunwell.desk import access, asked
from dunwell.store.lists import needs
from dunwell.web import read

MOST = 200
"""Beyond so many a badge says no number: a page must not count them for everybody."""


def counted(desk: read.Desk, who: access.Person) -> dict[str, str]:
    """Return how many wait for whoever looks, by page: questions to answer, replies to read."""
    found = {"cases": desk.once("unread", lambda: needs.unread(desk.scope, most=MOST))}
    if who.may("answer"):
        found["approvals"] = desk.once(
            f"asked {who.name} {sorted(who.roles)}",
            lambda: asked.mine(desk.scope, who=who.name, roles=who.roles, most=MOST),
        )
    return {page: f"{n:,}" if n <= MOST else f"{MOST}+" for page, n in found.items() if n}
