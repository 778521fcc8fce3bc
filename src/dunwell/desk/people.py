"""Who works here: roles, the most each may approve, how each signs in; and taking a role away."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db.models import Max

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import access
from dunwell.store import journal, models, tx
from dunwell.store.records import setup

ROLES: tuple[str, ...] = tuple(setup.ROLES)


class Colleague(NamedTuple):
    """One user: roles with the most each may approve, and whether they can sign in.

    `limits` are in minor units of the first entity's currency, for roles that have one.
    """

    name: str
    roles: tuple[str, ...]
    limits: dict[str, int]
    signs_in: bool
    has_code: bool
    invited_until: dt.datetime | None
    seen_at: dt.datetime | None


def listed(scope: Scope, *, now: dt.datetime) -> list[Colleague]:
    """List everybody by name; those without a role are former colleagues, and come last."""
    mine = {"organisation_id": scope.organisation_id}
    with tx.reading(scope):
        users = list(models.User.objects.filter(**mine).order_by("name"))
        roles: dict[int, list[tuple[str, int | None]]] = {}
        for user, role, limit in models.Membership.objects.filter(**mine).values_list(
            "user_id", "role", "limit_minor"
        ):
            roles.setdefault(user, []).append((role, limit))
        codes = dict(models.Credential.objects.filter(**mine).values_list("user_id", "has_totp"))
        invited = dict(
            models.Invitation.objects.filter(**mine, used_at__isnull=True, expires_at__gt=now)
            .values_list("user_id")
            .annotate(Max("expires_at"))
        )
        seen = dict(
            models.WebSession.objects.filter(**mine).values_list("user_id").annotate(Max("seen_at"))
        )
    found = [
        Colleague(
            u.name, tuple(sorted(r for r, _ in roles.get(u.pk, ()))),
            {r: limit for r, limit in roles.get(u.pk, ()) if limit is not None},
            u.pk in codes, codes.get(u.pk, False), invited.get(u.pk), seen.get(u.pk),
        )
        for u in users
    ]  # fmt: skip
    return sorted(found, key=lambda c: (not c.roles, c.name.casefold()))


def take_role(scope: Scope, name: str, role: str, *, now: dt.datetime) -> None:
    """Take a role from a user; without the last one nothing of the desk is open to them.

    Their sessions and invitations end with it.

    Raises: Refused for a role they do not hold, and for the last admin: somebody must be left
    who can give roles.
    """
    with tx.transaction_of(scope):
        mine = models.Membership.objects.filter(organisation_id=scope.organisation_id)
        row = mine.filter(user__name=name, role=role).select_related("user").first()
        if row is None:
            raise Refused("not_theirs", f"{name!r} does not hold the role {role!r}")
        if role == "admin" and not mine.filter(role="admin").exclude(pk=row.pk).exists():
            raise Refused("last_admin", f"{name!r} is the last admin; make another one first")
        user = row.user
        row.delete()
        if not mine.filter(user=user).exists():
            access.shut_out(scope, user, now=now)
        refs = {"user": user.pk, "role": role}
        journal.append(scope, "role_taken", refs=refs, at=now)
