"""Paying online from a customer's own page: to the provider, and back (FEATURES M3).

No network inside a transaction; the provider never learns the customer's link. What it says on
the way back is put before a person as a reply is: nothing is posted by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dunwell.core import money
from dunwell.core.errors import Refused
from dunwell.delivery import pay
from dunwell.desk import guest as guests
from dunwell.desk import owing, portal, setting, tries


def choices(home: Path, options: Sequence[owing.Option]) -> list[owing.Option]:
    """Return which amounts can be paid online; none where nobody takes them.

    Raises: Misconfigured where the settings name a provider that cannot be used.
    """
    provider = setting.pay_provider(home)
    if provider is None:
        return []
    return [o for o in options if provider.takes(o.currency, o.minor)]


def start(
    guest: portal.Guest, home: Path, *, currency: str, what: str, site: str, key: str
) -> pay.Started:
    """Make a page at the provider on which this customer pays; return its address.

    Raises: Refused where that cannot be paid online or was begun too often today, Unavailable or
    Misconfigured.
    """
    found = owing.account(guest)
    offered = choices(home, owing.options(found, owing.agreed(guest)))
    chosen = next((o for o in offered if (o.currency, o.what) == (currency, what)), None)
    provider = setting.pay_provider(home)
    if chosen is None or provider is None:
        raise Refused("not_online", "that cannot be paid online")
    one = next(s for s in found.sums if s.currency == currency)
    wanted = pay.Wanted(
        currency=currency,
        minor=chosen.minor,
        title=f"{found.entity.name or found.entity.code} · {guest.customer}",
        reference=one.reference,
        language=guest.language,
        back=f"{site}/portal/back?session={{SESSION}}",
        away=f"{site}/portal/back",
        mark=_mark(guest),
        key=f"dunwell-{_mark(guest)}-{key}-{currency}-{chosen.minor}",
    )

    def make() -> dict[str, Any]:
        made = provider.start(wanted)
        return {"id": made.id, "url": made.url, "currency": currency, "minor": chosen.minor}

    asked = f"{key}-{currency}-{chosen.minor}"
    begun = guests.paying(guest, asked, [currency, chosen.minor], make)
    return pay.Started(begun["id"], begun["url"])


def came_back(guest: portal.Guest, home: Path, session: str) -> pay.Outcome | None:
    """Return what the provider says was paid by this customer, and let a person know, once.

    Raises: Refused("too_many_tries") where it is asked too often, Unavailable, Misconfigured.
    """
    provider = setting.pay_provider(home)
    if provider is None or not session:
        return None
    tries.from_address(guest.scope, str(guest.link), now=guest.now, door="paid:")
    said = provider.look(session)
    if said is None or not said.is_paid or said.mark != _mark(guest):
        return None
    asked = guests.begun(guest, said.id)
    words = (
        f"Paid online: {_amount(said, asked)} ({said.evidence}). It counts once "
        "it stands in the book; until this is read nothing goes out."
    )
    guests.paid(guest, words=words, key=said.id)
    return said


def _amount(said: pay.Outcome, asked: Mapping[str, Any] | None) -> str:
    """Say what was paid as the provider says it, and where that is not what was asked for."""
    if not said.minor:
        return "an amount the provider does not say clearly; look there"
    paid = money.text(said.minor, said.currency)
    if asked is None or (asked["currency"], asked["minor"]) == (said.currency, said.minor):
        return paid
    return f"{paid}, where {money.text(asked['minor'], asked['currency'])} was asked for"


def _mark(guest: portal.Guest) -> str:
    return f"{guest.scope.organisation}/{guest.link}"
