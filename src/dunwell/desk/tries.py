"""Tries at a door: each is counted before anything is looked at, by its address and by its name.

Counted first, so that many at once count as many. A name nobody has waits like any other, and so
tells nothing. An address of IPv6 counts as its network: whoever has one has all of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from typing import Any

from django.db.models import F, QuerySet

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import models, tx

AN_ADDRESS, WINDOW = 30, 600
"""How many tries one address has, and within how many seconds."""
FREE = 5
FIRST_LOCK, LONGEST_LOCK = dt.timedelta(minutes=1), dt.timedelta(hours=1)
_FORGOTTEN = dt.timedelta(days=1)
_NETWORK = 64


def begin(scope: Scope, name: str, *, address: str, now: dt.datetime) -> int:
    """Count a try by a name and from an address; return how many in a row that name has had.

    Raises: Refused("too_many_tries") while either must wait; then nothing is counted.
    """
    with tx.transaction_of(scope):
        from_address(scope, address, now=now)
        return _by_name(scope, name, now)


def succeeded(scope: Scope, name: str, *, address: str, now: dt.datetime) -> None:
    """Count a try no more: it was somebody."""
    with tx.transaction_of(scope):
        forget(scope, name)
        mine = _rows(scope).filter(of_sha256=_sha256(block(address)), window=_window(now))
        mine.filter(n__gt=0).update(n=F("n") - 1)


def forget(scope: Scope, name: str) -> None:
    """Count a name's tries from nothing again, inside the caller's transaction."""
    _rows(scope).filter(of_sha256=_name(name), window=0).delete()


def from_address(scope: Scope, address: str, *, now: dt.datetime, door: str = "") -> None:
    """Count a try from an address at a door. Raises: Refused("too_many_tries") for too many."""
    window = _window(now)
    key: dict[str, Any] = {"of_sha256": _sha256(door + block(address)), "window": window}
    with tx.transaction_of(scope):
        _rows(scope).filter(window__gt=0, window__lt=window).delete()
        _rows(scope).get_or_create(**key, organisation_id=scope.organisation_id)
        is_free = _rows(scope).filter(**key, n__lt=AN_ADDRESS).update(n=F("n") + 1)
    if not is_free:
        raise _too_many()


def block(address: str) -> str:
    """Return what counts as one address: itself, or the network it is one of.

    >>> block("192.0.2.7"), block("2001:db8:1:2:3::4"), block("::ffff:192.0.2.7"), block("?")
    ('192.0.2.7', '2001:db8:1:2::/64', '192.0.2.7', '?')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), _NETWORK), strict=False))


def _by_name(scope: Scope, name: str, now: dt.datetime) -> int:
    """Count a try by a name: only who finds the count as it was read has counted."""
    _rows(scope).filter(window=0, last_at__lt=now - _FORGOTTEN).delete()
    mine: dict[str, Any] = {"of_sha256": _name(name), "window": 0}
    _rows(scope).get_or_create(
        **mine, organisation_id=scope.organisation_id, defaults={"last_at": now}
    )
    for _ in range(FREE + 1):
        n, last_at = _rows(scope).values_list("n", "last_at").get(**mine)
        assert last_at is not None, "a name's count has its hour"
        if n >= FREE and last_at + _lock(n) > now:
            break
        if _rows(scope).filter(**mine, n=n).update(n=n + 1, last_at=now):
            return int(n) + 1
    raise _too_many()


def _lock(n: int) -> dt.timedelta:
    return min(FIRST_LOCK * (1 << min(n - FREE, 10)), LONGEST_LOCK)


def _too_many() -> Refused:
    return Refused("too_many_tries", "too many tries; wait a little, then try again")


def _rows(scope: Scope) -> QuerySet[models.Attempt]:
    return models.Attempt.objects.filter(organisation_id=scope.organisation_id)


def _window(now: dt.datetime) -> int:
    return int(now.timestamp()) // WINDOW


def _name(name: str) -> str:
    return _sha256(f"name:{name}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
