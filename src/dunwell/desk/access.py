"""Who may enter the desk: invitations, passwords, a second factor, sessions (FEATURES X1).

Tokens are random and only their hash is kept. A sign-in that fails says one thing whatever was
wrong, and each try is counted before it is looked at (`tries`). Whoever holds no role is nobody
here. What guards a session (password, second factor) is changed by whoever proves anew who it is.
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
from django.db.models import QuerySet

from dunwell.core import authority
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import tries
from dunwell.store import journal, models, tx, vault

INVITED = dt.timedelta(days=3)
IDLE, LONGEST = dt.timedelta(hours=12), dt.timedelta(days=7)
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


class Session(NamedTuple):
    """One browser signed in: since when, when it was last seen, and whether it is this one."""

    created_at: dt.datetime
    seen_at: dt.datetime
    is_here: bool


class Proof(NamedTuple):
    """What somebody gives to prove who it is, where they ask from, and where keys are kept."""

    password: str
    code: str
    address: str
    home: Path


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


def sign_in(scope: Scope, name: str, proof: Proof, *, now: dt.datetime) -> str:
    """Return the token of a new session. Raises: Refused as `prove` does."""
    return _open_session(scope, prove(scope, name, proof, now=now), now)


def prove(scope: Scope, name: str, proof: Proof, *, now: dt.datetime) -> models.Credential:
    """Return the credential of whoever proves to be a user with a role.

    A second factor is asked for where there is one. The try is counted before anything is
    hashed, so that many at once gain nothing. Raises: Refused("too_many_tries") while tries must
    wait, Refused("wrong_sign_in") for whatever else.
    """
    tried = tries.begin(scope, name, address=proof.address, now=now)
    with tx.reading(scope):
        row = (
            models.Credential.objects.filter(organisation_id=scope.organisation_id, user__name=name)
            .select_related("user")
            .first()
        )
        has_role = row is not None and bool(_roles(scope, row.user))
    is_right = hashers.check_password(proof.password, row.password if row else _nobody())
    if row is not None and is_right and has_role and row.has_totp:
        is_right = _use_code(scope, row, proof, now=now)
    if row is None or not is_right or not has_role:
        _failed(scope, row, tried, now)
        raise Refused("wrong_sign_in", "name, password or code is not right")
    tries.succeeded(scope, name, address=proof.address, now=now)
    return row


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


def sessions(scope: Scope, who: Person, *, now: dt.datetime) -> list[Session]:
    """Return the sessions of somebody that are open, this one first."""
    with tx.reading(scope):
        rows = _open_sessions(scope, who.name).filter(expires_at__gt=now, seen_at__gt=now - IDLE)
        found = [Session(r.created_at, r.seen_at, r.pk == who.session) for r in rows]
    return sorted(found, key=lambda s: (s.is_here, s.seen_at), reverse=True)


def end_others(scope: Scope, who: Person, *, now: dt.datetime) -> int:
    """End every session of somebody but the one they are in; return how many."""
    with tx.transaction_of(scope):
        return _open_sessions(scope, who.name).exclude(pk=who.session).update(ended_at=now)


def change_password(
    scope: Scope, who: Person, proof: Proof, password: str, *, now: dt.datetime
) -> None:
    """Let somebody change their own password; their other sessions end.

    Raises: Refused as `prove` does, and for a password too short or too plain.
    """
    check_password(password, name=who.name)
    row = prove(scope, who.name, proof, now=now)
    with tx.transaction_of(scope):
        _set_password(scope, row.user, password, now, but=who.session)


def has_totp(scope: Scope, name: str) -> bool:
    """Tell whether somebody's sign-in asks for a code."""
    with tx.reading(scope):
        return models.Credential.objects.filter(
            organisation_id=scope.organisation_id, user__name=name, has_totp=True
        ).exists()


def begin_totp(scope: Scope, who: Person, proof: Proof, *, now: dt.datetime) -> str:
    """Return the address an authenticator app takes; it counts once a code has confirmed it.

    A session alone does not do: the password is asked for, and the code there was before.
    Raises: Refused as `prove` does.
    """
    row = prove(scope, who.name, proof, now=now)
    made = pyotp.random_base32()
    with tx.transaction_of(scope):
        vault.put(scope, f"totp-new:{row.user_id}", made, home=proof.home)
    issuer = f"Dunwell {scope.organisation}"
    return pyotp.TOTP(made).provisioning_uri(name=who.name, issuer_name=issuer)


def confirm_totp(scope: Scope, who: Person, code: str, *, home: Path, now: dt.datetime) -> None:
    """Ask for a code at every sign-in from now on; other sessions end.

    The code is used by this: it opens nothing any more. Raises: Refused for a wrong code.
    """
    with tx.transaction_of(scope):
        row = _credential(scope, who.name)
        made = vault.take(scope, f"totp-new:{row.user_id}", home=home)
        step = _step_of(made, code, now)
        if step is None:
            raise Refused("wrong_code", "that is not the code it shows now; try the next one")
        vault.put(scope, f"totp:{row.user_id}", made, home=home)
        vault.drop(scope, f"totp-new:{row.user_id}")
        row.has_totp, row.totp_last, row.changed_at = True, step, now
        row.save(update_fields=["has_totp", "totp_last", "changed_at"])
        _open_sessions(scope, who.name).exclude(pk=who.session).update(ended_at=now)
        journal.append(scope, "second_factor", refs={"user": row.user_id, "on": True}, at=now)


def drop_totp(scope: Scope, name: str, *, now: dt.datetime) -> None:
    """Ask for no code any more, and end every session: for somebody whose phone is lost."""
    with tx.transaction_of(scope):
        row = _credential(scope, name)
        vault.drop(scope, f"totp:{row.user_id}")
        vault.drop(scope, f"totp-new:{row.user_id}")
        row.has_totp = False
        row.save(update_fields=["has_totp"])
        _open_sessions(scope, name).update(ended_at=now)
        journal.append(scope, "second_factor", refs={"user": row.user_id, "on": False}, at=now)


def shut_out(scope: Scope, user: models.User, *, now: dt.datetime) -> None:
    """End all that lets a user in, inside the caller's transaction: sessions and invitations."""
    mine = {"organisation_id": scope.organisation_id, "user": user}
    models.WebSession.objects.filter(**mine, ended_at__isnull=True).update(ended_at=now)
    models.Invitation.objects.filter(
        **mine, used_at__isnull=True, expires_at__gt=now
    ).update(expires_at=now)  # fmt: skip


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


def _set_password(
    scope: Scope, user: models.User, password: str, now: dt.datetime, *, but: int = 0
) -> None:
    """Keep a password; every session but one ends."""
    models.Credential.objects.update_or_create(
        organisation_id=scope.organisation_id,
        user=user,
        defaults={
            "password": hashers.make_password(password),
            "changed_at": now,
        },
    )
    tries.forget(scope, user.name)
    _open_sessions(scope, user.name).exclude(pk=but).update(ended_at=now)
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


def _open_sessions(scope: Scope, name: str) -> QuerySet[models.WebSession]:
    return models.WebSession.objects.filter(
        organisation_id=scope.organisation_id, user__name=name, ended_at__isnull=True
    )


def _failed(scope: Scope, row: models.Credential | None, tried: int, now: dt.datetime) -> None:
    if row is not None:
        with tx.transaction_of(scope):
            refs = {"user": row.user_id, "n": tried}
            journal.append(scope, "sign_in_failed", refs=refs, at=now)


def _use_code(scope: Scope, row: models.Credential, proof: Proof, *, now: dt.datetime) -> bool:
    """Use a code, once; tell whether it was right and new."""
    with tx.transaction_of(scope):
        made = vault.take(scope, f"totp:{row.user_id}", home=proof.home)
        step = _step_of(made, proof.code, now)
        return step is not None and bool(
            models.Credential.objects.filter(
                organisation_id=scope.organisation_id, pk=row.pk, totp_last__lt=step
            ).update(totp_last=step)
        )


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
