"""Who may enter the desk: invitations, passwords, a second factor, sessions (FEATURES X1).

Tokens are random and only their hash is kept. A sign-in that fails says one thing whatever was
wrong; after a few, each further try for that user, or from that address, waits longer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import NamedTuple

import pyotp
from django.contrib.auth import hashers
from django.db.models import F

from dunwell.core import authority
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import journal, models, tx, vault

INVITED = dt.timedelta(days=3)
IDLE, LONGEST = dt.timedelta(hours=12), dt.timedelta(days=7)
FREE_TRIES = 5
FIRST_LOCK, LONGEST_LOCK = dt.timedelta(minutes=1), dt.timedelta(hours=1)
WINDOW = 600
TRIES_AN_ADDRESS = 30
LEAST_LENGTH = 12
STEP = 30
_SEEN_EVERY = dt.timedelta(minutes=5)
# Checked where there is no such user, so that the answer takes as long.
_NOBODY = ""


class Person(NamedTuple):
    """Somebody signed in: the name, the roles held, and which session it is."""

    name: str
    roles: frozenset[str]
    session: int = 0

    def may(self, verb: str) -> bool:
        """Tell whether one of the roles may do it."""
        return authority.may(self.roles, verb)


def person(scope: Scope, name: str) -> Person | None:
    """Return a user with the roles held, or None where nobody has that name."""
    with tx.reading(scope):
        user = models.User.objects.filter(organisation_id=scope.organisation_id, name=name).first()
        return None if user is None else Person(name, _roles(scope, user))


def invite(scope: Scope, name: str, *, now: dt.datetime) -> str:
    """Return a token with which a user sets a password, once, within three days.

    Raises: Refused where nobody has that name.
    """
    token = secrets.token_urlsafe(32)
    with tx.transaction_of(scope):
        user = models.User.objects.filter(organisation_id=scope.organisation_id, name=name).first()
        if user is None:
            raise Refused("unknown_user", f"no user {name!r}; add one with `dunwell user`")
        models.Invitation.objects.filter(
            organisation_id=scope.organisation_id, user=user, used_at__isnull=True
        ).update(expires_at=now)
        models.Invitation.objects.create(
            organisation_id=scope.organisation_id,
            user=user,
            token_sha256=_sha256(token),
            made_at=now,
            made_by=scope.actor,
            expires_at=now + INVITED,
        )
        journal.append(scope, "user_invited", refs={"user": user.pk}, at=now)
    return token


def invited(scope: Scope, token: str, *, now: dt.datetime) -> str:
    """Return whom an invitation is for. Raises: Refused when it is not valid (any more)."""
    with tx.reading(scope):
        name: str = _invitation(scope, token, now).user.name
        return name


def accept(scope: Scope, token: str, password: str, *, now: dt.datetime) -> str:
    """Set the password of whom an invitation is for; every session of theirs ends.

    Raises: Refused for a token that is not valid, or a password too short or too plain.
    """
    with tx.transaction_of(scope):
        row = _invitation(scope, token, now)
        check_password(password, name=row.user.name)
        row.used_at = now
        row.save(update_fields=["used_at"])
        _set_password(scope, row.user, password, now)
        name: str = row.user.name
    return name


def check_password(password: str, *, name: str) -> None:
    """Check that a password is long enough and not the name. Raises: Refused."""
    if len(password) < LEAST_LENGTH:
        raise Refused("weak_password", f"choose at least {LEAST_LENGTH} characters")
    if len(set(password)) < 5 or name.casefold() in password.casefold():
        raise Refused("weak_password", "choose one that is neither repeated nor your name")


def sign_in(
    scope: Scope,
    name: str,
    password: str,
    code: str,
    *,
    address: str,
    home: Path,
    now: dt.datetime,
) -> str:
    """Return the token of a new session.

    Raises: Refused("too_many_tries") while tries must wait, Refused("code_needed") where the
    password was right and a second factor is asked for, Refused("wrong_sign_in") otherwise.
    """
    with tx.transaction_of(scope):
        _count_try(scope, address, now)
        row = (
            models.Credential.objects.filter(organisation_id=scope.organisation_id, user__name=name)
            .select_related("user")
            .first()
        )
    if row is not None and row.locked_until_at is not None and row.locked_until_at > now:
        raise Refused("too_many_tries", "too many tries; wait a little, then try again")
    is_right = hashers.check_password(password, row.password if row else _nobody())
    if row is None or not is_right:
        _failed(scope, row, now)
        raise Refused("wrong_sign_in", "name, password or code is not right")
    if row.has_totp:
        if not code:
            raise Refused("code_needed", "enter the code your phone shows")
        _use_code(scope, row, code, home=home, now=now)
    return _open_session(scope, row, now)


def session(scope: Scope, token: str, *, now: dt.datetime) -> Person | None:
    """Return who is signed in with a token, or None; being seen keeps a session alive."""
    if not token:
        return None
    with tx.transaction_of(scope):
        row = (
            models.WebSession.objects.filter(
                organisation_id=scope.organisation_id, token_sha256=_sha256(token)
            )
            .select_related("user")
            .first()
        )
        if row is None or row.ended_at is not None or row.expires_at <= now:
            return None
        if row.seen_at + IDLE <= now:
            return None
        if row.seen_at + _SEEN_EVERY <= now:
            row.seen_at = now
            row.save(update_fields=["seen_at"])
        return Person(row.user.name, _roles(scope, row.user), row.pk)


def sign_out(scope: Scope, token: str, *, now: dt.datetime) -> None:
    """End the session of a token."""
    with tx.transaction_of(scope):
        models.WebSession.objects.filter(
            organisation_id=scope.organisation_id, token_sha256=_sha256(token)
        ).update(ended_at=now)


def begin_totp(scope: Scope, name: str, *, home: Path) -> str:
    """Return the address an authenticator app takes; it counts once a code has confirmed it."""
    made = pyotp.random_base32()
    with tx.transaction_of(scope):
        row = _credential(scope, name)
        vault.put(scope, f"totp-new:{row.user_id}", made, home=home)
    return pyotp.TOTP(made).provisioning_uri(name=name, issuer_name=f"Dunwell {scope.organisation}")


def confirm_totp(scope: Scope, name: str, code: str, *, home: Path, now: dt.datetime) -> None:
    """Ask for a code at every sign-in from now on. Raises: Refused for a wrong code."""
    with tx.transaction_of(scope):
        row = _credential(scope, name)
        made = vault.take(scope, f"totp-new:{row.user_id}", home=home)
        if not made or _step_of(made, code, now) is None:
            raise Refused("wrong_code", "that is not the code it shows now; try the next one")
        vault.put(scope, f"totp:{row.user_id}", made, home=home)
        vault.drop(scope, f"totp-new:{row.user_id}")
        row.has_totp, row.changed_at = True, now
        row.save(update_fields=["has_totp", "changed_at"])
        journal.append(scope, "second_factor", refs={"user": row.user_id, "on": True}, at=now)


def drop_totp(scope: Scope, name: str, *, now: dt.datetime) -> None:
    """Ask for no code any more: for somebody whose phone is lost; an admin does it."""
    with tx.transaction_of(scope):
        row = _credential(scope, name)
        vault.drop(scope, f"totp:{row.user_id}")
        row.has_totp = False
        row.save(update_fields=["has_totp"])
        journal.append(scope, "second_factor", refs={"user": row.user_id, "on": False}, at=now)


def _invitation(scope: Scope, token: str, now: dt.datetime) -> models.Invitation:
    row = (
        models.Invitation.objects.filter(
            organisation_id=scope.organisation_id, token_sha256=_sha256(token)
        )
        .select_related("user")
        .first()
    )
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise Refused("bad_invitation", "this invitation is used or too old; ask for another")
    return row


def _set_password(scope: Scope, user: models.User, password: str, now: dt.datetime) -> None:
    models.Credential.objects.update_or_create(
        organisation_id=scope.organisation_id,
        user=user,
        defaults={
            "password": hashers.make_password(password),
            "changed_at": now,
            "failed": 0,
            "locked_until_at": None,
        },
    )
    models.WebSession.objects.filter(
        organisation_id=scope.organisation_id, user=user, ended_at__isnull=True
    ).update(ended_at=now)
    journal.append(scope, "password_set", refs={"user": user.pk}, at=now)


def _credential(scope: Scope, name: str) -> models.Credential:
    row = models.Credential.objects.filter(
        organisation_id=scope.organisation_id, user__name=name
    ).first()
    if row is None:
        raise Refused("unknown_user", f"{name!r} has no password yet: invite them")
    return row


def _roles(scope: Scope, user: models.User) -> frozenset[str]:
    rows = models.Membership.objects.filter(organisation_id=scope.organisation_id, user=user)
    return frozenset(rows.values_list("role", flat=True))


def _count_try(scope: Scope, address: str, now: dt.datetime) -> None:
    """Count a try from an address; too many within ten minutes are refused."""
    window = int(now.timestamp()) // WINDOW
    key = {
        "organisation_id": scope.organisation_id,
        "address_sha256": _sha256(address),
        "window": window,
    }
    models.Attempt.objects.filter(organisation_id=scope.organisation_id, window__lt=window).delete()
    row, is_new = models.Attempt.objects.get_or_create(**key, defaults={"n": 1})
    if not is_new:
        models.Attempt.objects.filter(**key).update(n=F("n") + 1)
    if row.n >= TRIES_AN_ADDRESS:
        raise Refused("too_many_tries", "too many tries; wait a little, then try again")


def _failed(scope: Scope, row: models.Credential | None, now: dt.datetime) -> None:
    if row is None:
        return
    with tx.transaction_of(scope):
        row.failed += 1
        if row.failed >= FREE_TRIES:
            lock = FIRST_LOCK * 2 ** min(row.failed - FREE_TRIES, 10)
            row.locked_until_at = now + min(lock, LONGEST_LOCK)
        row.save(update_fields=["failed", "locked_until_at"])
        journal.append(scope, "sign_in_failed", refs={"user": row.user_id, "n": row.failed}, at=now)


def _use_code(
    scope: Scope, row: models.Credential, code: str, *, home: Path, now: dt.datetime
) -> None:
    """Accept a code once. Raises: Refused when it is wrong or was used."""
    with tx.transaction_of(scope):
        step = _step_of(vault.take(scope, f"totp:{row.user_id}", home=home), code, now)
        is_new = step is not None and models.Credential.objects.filter(
            organisation_id=scope.organisation_id, pk=row.pk, totp_last__lt=step
        ).update(totp_last=step)
    if not is_new:
        _failed(scope, row, now)
        raise Refused("wrong_sign_in", "name, password or code is not right")


def _step_of(made: str, code: str, now: dt.datetime) -> int | None:
    """Return the half minute a code is of, one before or after allowed; None if of none."""
    if not made or not code.isascii():
        return None
    here = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(made)
    for step in (here, here - 1, here + 1):
        if hmac.compare_digest(totp.at(step * STEP), code.replace(" ", "")):
            return step
    return None


def _open_session(scope: Scope, row: models.Credential, now: dt.datetime) -> str:
    token = secrets.token_urlsafe(32)
    with tx.transaction_of(scope):
        models.Credential.objects.filter(organisation_id=scope.organisation_id, pk=row.pk).update(
            failed=0, locked_until_at=None
        )
        models.WebSession.objects.create(
            organisation_id=scope.organisation_id,
            user=row.user,
            token_sha256=_sha256(token),
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
        )
        journal.append(scope, "signed_in", refs={"user": row.user_id}, at=now)
    return token


def _nobody() -> str:
    global _NOBODY
    if not _NOBODY:
        _NOBODY = hashers.make_password(secrets.token_urlsafe(16))
    return _NOBODY


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
