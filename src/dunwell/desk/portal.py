"""A customer's own link: made, shown once, revoked; and who comes in with it (FEATURES M3).

A link is for one customer of one entity. Its token is random and only its hash is kept, so it
cannot be shown again. What is not a link, is too old or was revoked is refused in one way, and
tries with what never was one are counted by address. Read `open_link`, `close_link`, `enter`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import zoneinfo
from collections.abc import Mapping
from typing import Any, NamedTuple

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import compose, named, tries
from dunwell.store import facts, journal, models, tx
from dunwell.store.records import agreements, inbox

DAYS, LONGEST_DAYS = 60, 366
_LENGTH = 43
_SEEN_EVERY = dt.timedelta(minutes=5)
_MESSAGE = "message "
"""What made a link that stands in a message: its action, and nobody by name."""


class Made(NamedTuple):
    """A link just made; the token is shown now and never again."""

    id: int
    token: str
    entity: str
    expires_at: dt.datetime


class Guest(NamedTuple):
    """Who comes in with a link: one customer, owing to one entity, on the entity's own day.

    `scope` names the link as the actor, so that every record of what was said tells how. One who
    `only_reads` came by the link in a message: they see and pay, and say nothing.
    """

    scope: Scope
    link: int
    customer: str
    customer_id: int
    entity: str
    entity_id: int
    language: str
    today: dt.date
    now: dt.datetime
    expires_at: dt.datetime
    only_reads: bool = False


def open_link(
    scope: Scope,
    customer: str,
    *,
    entity: str | None = None,
    days: int = DAYS,
    now: dt.datetime,
) -> Made:
    """Make a link for a customer; it opens for so many days.

    Raises: Refused for an unknown customer or entity, an impossible number of days, and for a
    customer another one pays for.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("bad_days", f"a link lasts 1 to {LONGEST_DAYS} days, not {days}")
    token = secrets.token_urlsafe(32)
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        owed_to = named.entity_for(scope, who, entity)
        payer = facts.families(scope).payer_of.get(who.pk)
        if payer is not None:
            raise Refused("paid_by_other", f"{customer} is paid for by {who.parent}: share theirs")
        row = models.PortalLink.objects.create(
            organisation_id=scope.organisation_id,
            entity=owed_to,
            customer=who,
            token_sha256=_sha256(token),
            made_at=now,
            made_by=scope.actor,
            expires_at=now + dt.timedelta(days=days),
        )
        refs = {"link": row.pk, "customer": who.pk, "entity": owed_to.pk, "days": days}
        journal.append(scope, "link_made", refs=refs, at=now)
    return Made(row.pk, token, owed_to.code, row.expires_at)


def open_of_messages(
    scope: Scope, tokens: Mapping[models.Action, str], *, days: int, now: dt.datetime
) -> None:
    """Let the links that stand in messages open, each once; a message tried again has its own."""
    with tx.transaction_of(scope):
        had = set(
            models.PortalLink.objects.filter(
                organisation_id=scope.organisation_id,
                token_sha256__in=[_sha256(t) for t in tokens.values()],
            ).values_list("token_sha256", flat=True)
        )
        for action, token in tokens.items():
            if _sha256(token) in had:
                continue
            row = models.PortalLink.objects.create(
                organisation_id=scope.organisation_id,
                entity_id=action.entity_id,
                customer_id=action.customer_id,
                token_sha256=_sha256(token),
                made_at=now,
                made_by=f"{_MESSAGE}{action.pk}",
                expires_at=now + dt.timedelta(days=days),
            )
            refs = {"link": row.pk, "customer": row.customer_id, "entity": row.entity_id,
                    "days": days}  # fmt: skip
            journal.append(scope, "link_made", refs=refs, at=now)


def close_link(scope: Scope, link: int, *, now: dt.datetime) -> str:
    """Revoke a link: it opens nothing from now on; return whose it was.

    Raises: Refused for an unknown link, or one revoked before.
    """
    with tx.transaction_of(scope):
        row = _rows(scope).filter(pk=link).first()
        if row is None:
            raise Refused("unknown_link", f"no link {link}; see `dunwell portal list`")
        if row.revoked_at is not None:
            raise Refused("revoked_before", f"link {link} was revoked {row.revoked_at:%Y-%m-%d}")
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        refs = {"link": row.pk, "customer": row.customer_id}
        journal.append(scope, "link_revoked", refs=refs, at=now)
        whose: str = row.customer.reference
    return whose


def listed(
    scope: Scope, *, customer: str | None = None, link: int | None = None, now: dt.datetime
) -> list[dict[str, Any]]:
    """List links, newest first: all, or one customer's, with when each was last opened."""
    with tx.reading(scope):
        rows = _rows(scope).order_by("-pk")
        if customer is not None:
            rows = rows.filter(customer=named.customer(scope, customer))
        if link is not None:
            rows = rows.filter(pk=link)
        return [
            {
                "id": r.pk,
                "customer": r.customer.reference,
                "entity": r.entity.code,
                "state": _state(r, now),
                "made_at": r.made_at,
                "made_by": r.made_by,
                "expires_at": r.expires_at,
                "revoked_at": r.revoked_at,
                "seen_at": r.seen_at,
            }
            for r in rows
        ]


class Open(NamedTuple):
    """A link that opens: its number, of which company, who made it, the days it is known by.

    `message` is the number of the message that carries it, None for one that somebody shared.
    """

    id: int
    entity: str
    by: str
    message: int | None
    made_on: dt.date
    until_on: dt.date
    seen_on: dt.date | None


def opening(scope: Scope, customer_id: int, *, now: dt.datetime) -> tuple[list[Open], int]:
    """Return the links that open a customer's page, shared ones first, and how many there are."""
    with tx.reading(scope):
        rows = _rows(scope).filter(
            customer_id=customer_id, revoked_at__isnull=True, expires_at__gt=now
        )
        found = sorted(rows, key=lambda r: (r.made_by.startswith(_MESSAGE), -r.pk))
        shown = [_open(r) for r in found[:SHOWN]]
    return shown, len(found)


SHOWN = 12
"""So many links a page lists; messages bring one each."""


def _open(row: models.PortalLink) -> Open:
    zone = zoneinfo.ZoneInfo(row.entity.time_zone)
    carried = row.made_by.removeprefix(_MESSAGE) if row.made_by.startswith(_MESSAGE) else ""
    return Open(
        row.pk, row.entity.code, "" if carried else row.made_by, int(carried) if carried else None,
        row.made_at.astimezone(zone).date(), row.expires_at.astimezone(zone).date(),
        row.seen_at.astimezone(zone).date() if row.seen_at else None,
    )  # fmt: skip


def entities_of(scope: Scope, customer: str) -> list[str]:
    """Return the entities a customer has to do with, by code: a link is for one of them."""
    with tx.reading(scope):
        who = named.customer(scope, customer)
        ids = inbox.entities_of(scope, who.pk)
        rows = models.Entity.objects.filter(organisation_id=scope.organisation_id, pk__in=ids)
        return sorted(rows.values_list("code", flat=True))


def enter(scope: Scope, token: str, *, address: str, now: dt.datetime) -> Guest:
    """Return who comes in with a token.

    The token is looked up by its hash, so how long that takes tells nothing of how near a guess
    came. Raises: Refused("no_link") for one that is unknown, too old or revoked, and
    Refused("too_many_tries") after many unknown ones from an address.
    """
    row = None
    if len(token) == _LENGTH and token.isascii():
        with tx.reading(scope):
            row = _rows(scope).filter(token_sha256=_sha256(token)).first()
            is_child = row and row.customer_id in facts.families(scope).payer_of
    if row is None:
        # Only these count: whoever holds a link is not shut out because somebody behind the same
        # address guesses, and a guess among 2^256 gains nothing by being answered.
        tries.from_address(scope, address, now=now, door="portal:")
        raise _no_link()
    if is_child or _state(row, now) != "open":
        raise _no_link()
    if row.seen_at is None or row.seen_at + _SEEN_EVERY <= now:
        with tx.transaction_of(scope):
            _rows(scope).filter(pk=row.pk).update(seen_at=now)
    return Guest(
        scope._replace(actor=f"portal link {row.pk}"), row.pk, row.customer.reference,
        row.customer_id, row.entity.code, row.entity_id,
        compose.language_of(None, row.customer, row.entity),
        agreements.today(row.entity, now), now, row.expires_at,
        row.made_by.startswith(_MESSAGE),
    )  # fmt: skip


def _no_link() -> Refused:
    return Refused("no_link", "this link is not valid, or not valid any more; ask for a new one")


def _state(row: models.PortalLink, now: dt.datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= now else "open"


def _rows(scope: Scope) -> Any:
    return models.PortalLink.objects.filter(organisation_id=scope.organisation_id).select_related(
        "customer", "entity"
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
