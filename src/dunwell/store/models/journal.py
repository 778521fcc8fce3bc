"""The journal, what is personal, and what is secret."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, unique, word


class Event(Owned):
    """Something that happened: ids, codes, amounts, dates. Appended, never changed.

    `seed` is a secret of its own, from which salts are made (`store.journal.salt`).
    """

    at = models.DateTimeField()
    actor = word(100)
    verb = word(40)
    refs = models.TextField()
    commitment = word(64)
    seed = models.CharField(max_length=32, null=True)

    class Meta:
        db_table = "event"
        indexes = [models.Index(fields=["organisation", "id"], name="ix_event")]


class Seal(Owned):
    """The chain over the events: each seal holds the hash of those since the last."""

    n = models.IntegerField()
    upto = models.BigIntegerField()
    events = models.IntegerField()
    prev = word(64)
    hash = word(64)
    at = models.DateTimeField()

    class Meta:
        db_table = "seal"
        constraints = [unique("seal", "n")]


class Personal(Owned):
    """A name, an address, a message: outside the chain, erasable (DATA.md 1.5)."""

    subject = word(20)
    subject_id = models.BigIntegerField()
    field = word(20)
    salt = models.BinaryField(null=True)
    body = models.BinaryField(null=True)
    retain_until = models.DateField(null=True)
    legal_hold = word(200)

    class Meta:
        db_table = "personal"
        constraints = [unique("personal", "subject", "subject_id", "field")]


class Secret(Owned):
    name = word(60)
    key_id = word(16)
    ciphertext = models.BinaryField()

    class Meta:
        db_table = "secret"
        constraints = [unique("secret", "name")]


class Idempotency(Owned):
    """The answer a request key has had, with the hash of its request (DATA.md 1.11)."""

    key = word(100)
    verb = word(40)
    request_sha256 = word(64)
    response = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "idempotency"
        constraints = [unique("idempotency", "key")]
