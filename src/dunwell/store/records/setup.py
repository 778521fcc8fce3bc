"""Founding an organisation: its entity, its first user, its policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from dunwell.core import authority
from dunwell.core import policy as policies
from dunwell.core.errors import Refused, Stale
from dunwell.core.scope import Scope
from dunwell.store import calendars, journal, models, tx
from dunwell.store.records import watch

WORKING = ("collector", "account_manager", "manager", "executive", "legal", "admin")
ROLES = authority.ROLES


def record_organisation(slug: str, *, name: str, actor: str) -> Scope:
    """Create an organisation; its first user holds every role.

    Raises: Refused when the name is taken.
    """
    with transaction.atomic():
        if models.Organisation.objects.filter(slug=slug).exists():
            raise Refused("already_there", f"organisation {slug!r} is already there")
        made = models.Organisation.objects.create(slug=slug, name=name)
        scope = Scope(made.pk, slug, actor)
        tx.enter(scope)
        user = models.User.objects.create(organisation_id=made.pk, name=actor)
        for role in WORKING:
            models.Membership.objects.create(organisation_id=made.pk, user=user, role=role)
    return scope


def record_user(
    scope: Scope,
    name: str,
    *,
    roles: Sequence[str],
    at: dt.datetime,
    limit_minor: int | None = None,
) -> None:
    """Keep a user with the roles they hold; roles are added, never taken here.

    `limit_minor` is the most they may approve in these roles; None leaves what was said.
    """
    with tx.transaction_of(scope):
        user, _ = models.User.objects.get_or_create(
            organisation_id=scope.organisation_id, name=name
        )
        for role in sorted(set(roles)):
            row, _ = models.Membership.objects.get_or_create(
                organisation_id=scope.organisation_id, user=user, role=role
            )
            if limit_minor is not None:
                row.limit_minor = limit_minor
                row.save(update_fields=["limit_minor"])
        refs = {"user": user.pk, "roles": sorted(set(roles)), "limit": limit_minor}
        journal.append(scope, "user_roles", refs=refs, at=at)


def load_scope(slug: str | None, *, actor: str) -> Scope:
    """Return the scope of an organisation, or of the only one.

    Raises: Refused when there is none, or several and none was named.
    """
    rows = list(models.Organisation.objects.values_list("pk", "slug").order_by("pk")[:20])
    if slug is not None:
        rows = [r for r in rows if r[1] == slug]
    if not rows:
        raise Refused("not_set_up", "no organisation here yet; run `dunwell init` first")
    if len(rows) > 1:
        names = ", ".join(r[1] for r in rows)
        raise Refused("which_organisation", f"name one with --organisation: {names}")
    return Scope(rows[0][0], rows[0][1], actor)


def record_entity(
    scope: Scope,
    code: str,
    *,
    name: str,
    currency: str,
    time_zone: str,
    country: str,
    policy: str,
    at: dt.datetime,
    sender: dict[str, object] | None = None,
    bank: dict[str, object] | None = None,
) -> None:
    """Create an entity with its calendar.

    Raises: Refused when the code is taken.
    """
    with tx.transaction_of(scope):
        if models.Entity.objects.filter(organisation_id=scope.organisation_id, code=code).exists():
            raise Refused("already_there", f"entity {code!r} is already there")
        calendars.ensure(scope, {country, "-"})
        made = models.Entity.objects.create(
            organisation_id=scope.organisation_id,
            code=code,
            name=name,
            base_currency=currency,
            time_zone=time_zone,
            country=country,
            calendar=country,
            policy=policy,
            sender=sender or {},
            bank=bank or {},
        )
        journal.append(scope, "entity_created", refs={"entity": made.pk, "code": code}, at=at)


def record_letterhead(
    scope: Scope,
    code: str,
    *,
    name: str,
    sender: dict[str, object],
    bank: dict[str, object],
    at: dt.datetime,
) -> None:
    """Keep who writes for an entity and where to pay; the journal tells that it changed.

    Raises: Refused for an unknown entity.
    """
    with tx.transaction_of(scope):
        row = models.Entity.objects.filter(organisation_id=scope.organisation_id, code=code).first()
        if row is None:
            raise Refused("unknown_entity", f"no entity {code!r}")
        row.name = name or row.name
        row.sender, row.bank = sender, bank
        row.save(update_fields=["name", "sender", "bank"])
        journal.append(scope, "letterhead_changed", refs={"entity": row.pk, "code": code}, at=at)


def record_policy(
    scope: Scope,
    document: policies.Document,
    *,
    at: dt.datetime,
    moves: bool = True,
    source: str = "",
    after: int | None = None,
) -> int:
    """Publish a policy version; the same text twice stays one version. Return its number.

    `moves`: running cases move to it; otherwise each keeps the version it walks (SEMANTICS 1).
    Raises: Stale where another version than `after` is the newest by now.
    """
    body = policies.canonical(document)
    compiled = policies.compile_policy(document, version=0)
    with tx.transaction_of(scope):
        policy, _ = models.Policy.objects.get_or_create(
            organisation_id=scope.organisation_id, name=document.policy
        )
        versions = models.PolicyVersion.objects.filter(
            organisation_id=scope.organisation_id, policy=policy
        ).order_by("-n")
        last = versions.first()
        newest = last.n if last else 0
        if after is not None and newest != after:
            raise Stale(f"version {after}", f"version {newest}")
        is_same = last is not None and last.sha256 == compiled.sha256
        if last is not None and is_same and (last.moves or not moves):
            return last.n
        n = newest + 1
        models.PolicyVersion.objects.create(
            organisation_id=scope.organisation_id,
            policy=policy,
            n=n,
            body=body,
            source=source,
            sha256=compiled.sha256,
            published_at=at,
            published_by=scope.actor,
            moves=moves,
        )
        watch.wake_all(scope)
        refs = {"policy": document.policy, "version": n, "sha256": compiled.sha256}
        journal.append(scope, "policy_published", refs=refs, at=at)
    return n
