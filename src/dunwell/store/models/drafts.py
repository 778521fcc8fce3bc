"""Policies being written: a person's draft, what it would change, and the stories kept with it."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, unique, word


class PolicyDraft(Owned):
    """What somebody is writing; `base_n` is the version it began from (0: none)."""

    name = word(60)
    by = word(100)
    text = models.TextField()
    base_n = models.IntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        db_table = "policy_draft"
        constraints = [unique("policy_draft", "name", "by")]


class PolicyEffect(Owned):
    """What a draft would send on a day, or how far working that out has come.

    `state`: running, done, failed (`why` says by what). `seen` of `whole` cases were looked at;
    `head` is the last event it knows of, `body` what was found.
    """

    name = word(60)
    by = word(100)
    sha256 = word(64)
    as_of = models.DateField()
    head = models.BigIntegerField()
    state = word(8, default="running")
    seen = models.IntegerField(default=0)
    whole = models.IntegerField(default=0)
    began_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    why = word(200)
    body = models.BinaryField(default=b"")

    class Meta:
        db_table = "policy_effect"
        constraints = [unique("policy_effect", "name", "by")]


class PolicyStory(Owned):
    """A story that must stay true under a policy."""

    policy = word(60)
    name = word(60)
    text = models.TextField()
    by = word(100)
    at = models.DateTimeField()

    class Meta:
        db_table = "policy_story"
        constraints = [unique("policy_story", "policy", "name")]
