"""Who may enter: passwords, second factors, sessions, invitations, and customers' own links."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, link, unique, word


class Credential(Owned):
    """How a user signs in. The password is a hash; the second factor stands in `secret`."""

    user = link("User")
    password = word(200)
    has_totp = models.BooleanField(default=False)
    totp_last = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "credential"
        constraints = [unique("credential", "user")]


class WebSession(Owned):
    """One browser signed in; only the hash of its token is kept."""

    user = link("User")
    token_sha256 = word(64)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "web_session"
        constraints = [unique("web_session", "token_sha256")]


class Invitation(Owned):
    """A link with which a user sets a password, once."""

    user = link("User")
    token_sha256 = word(64)
    made_at = models.DateTimeField()
    made_by = word(100)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitation"
        constraints = [unique("invitation", "token_sha256")]


class Attempt(Owned):
    """Tries that failed: from one address within a window, or by one name (window 0), hashed."""

    of_sha256 = word(64)
    window = models.BigIntegerField()
    n = models.IntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sign_in_attempt"
        constraints = [unique("sign_in_attempt", "of_sha256", "window")]


class PortalLink(Owned):
    """A customer's own link: signed, for one customer of one entity, expiring, revocable."""

    entity = link("Entity")
    customer = link("Customer")
    token_sha256 = word(64)
    made_at = models.DateTimeField()
    made_by = word(100)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "portal_link"
        constraints = [unique("portal_link", "token_sha256")]
        indexes = [
            models.Index(fields=["organisation", "customer"], name="ix_portal_link_customer")
        ]
