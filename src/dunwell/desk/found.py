"""Found an organisation: its entities, its first user, the built-in policies (DATA.md 3.1)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from dunwell import policies
from dunwell.core import money
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import named, setting
from dunwell.store.records import setup


class NewEntity(NamedTuple):
    """What is to be known of an entity: amounts it reports in, its days, its letterhead."""

    code: str
    currency: str = "USD"
    time_zone: str = "UTC"
    country: str = "US"
    name: str = ""
    policy: str = "classic"
    sender: dict[str, Any] | None = None
    bank: dict[str, Any] | None = None


def run(slug: str, entities: Sequence[NewEntity], *, by: str, now: dt.datetime) -> Scope:
    """Create an organisation with its entities and every built-in policy; its user holds all roles.

    Raises: Refused when it is there already, or an entity's currency or time zone is none.
    """
    for entity in entities:
        _check(entity)
    scope = setup.record_organisation(slug, name=slug, actor=by)
    for name in policies.BUILT_IN:
        setup.record_policy(scope, policies.built_in(name), at=now)
    for entity in entities:
        add_entity(scope, entity, now=now)
    return scope


def add_entity(scope: Scope, entity: NewEntity, *, now: dt.datetime) -> None:
    """Create one entity.

    Raises: Refused when its code is taken, its policy is not published, or its currency or time
    zone is none.
    """
    _check(entity)
    if entity.policy not in policies.BUILT_IN:
        raise Refused("unknown_policy", f"no policy {entity.policy!r}; see `dunwell policy list`")
    setup.record_entity(
        scope,
        entity.code,
        name=entity.name or entity.code,
        currency=entity.currency,
        time_zone=entity.time_zone,
        country=entity.country,
        policy=entity.policy,
        at=now,
        sender=entity.sender,
        bank=entity.bank,
    )


def built_in() -> list[str]:
    """Return the names of the policies that a new entity may use."""
    return sorted(policies.BUILT_IN)


def _check(entity: NewEntity) -> None:
    if entity.currency not in money.CURRENCIES:
        raise Refused("unknown_currency", f"{entity.currency!r} is not an ISO 4217 code")
    try:
        zoneinfo.ZoneInfo(entity.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(
            "unknown_time_zone", f"{entity.time_zone!r} is no zone such as Europe/Berlin"
        ) from None


def add_user(
    scope: Scope,
    name: str,
    *,
    roles: Sequence[str],
    now: dt.datetime,
    limit: Decimal | None = None,
) -> None:
    """Add a user, or give one more roles; `limit` is the most they may approve in these roles.

    It is in the base currency of the first entity. Raises: Refused for a role there is not, or
    an amount that is none.
    """
    unknown = sorted(set(roles) - set(setup.ROLES))
    if unknown:
        raise Refused("unknown_role", f"{unknown[0]!r} is none of {', '.join(setup.ROLES)}")
    minor = None if limit is None else named.minor(limit, setting.base_currency(scope))
    setup.record_user(scope, name, roles=roles, limit_minor=minor, at=now)


def enter(slug: str | None, *, by: str) -> Scope:
    """Return the scope of an organisation, or of the only one.

    Raises: Refused when there is none, or several and none was named.
    """
    return setup.load_scope(slug, actor=by)
