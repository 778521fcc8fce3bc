"""Measures in other systems, and the signed calls that carry them there (SEMANTICS 7)."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, link, unique, word


class Measure(Owned):
    """A suspension, a credit hold, or changed terms: proposed, approved, in force, lifted.

    `items` are those it names; `details` say what changes (terms: days, limit, prepayment).
    """

    entity = link("Entity")
    customer = link("Customer")
    kind = word(20)
    items = models.JSONField(default=list)
    amounts = models.JSONField(default=list)
    details = models.JSONField(default=dict)
    state = word(12, default="proposed")
    approval_key = word(32)
    proposed_on = models.DateField()
    proposed_by = word(100)
    approved_on = models.DateField(null=True)
    in_force_on = models.DateField(null=True)
    lift_on = models.DateField(null=True)
    lifted_on = models.DateField(null=True)
    told_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    reason = word(200)

    class Meta:
        db_table = "measure"
        indexes = [
            models.Index(fields=["organisation", "entity", "customer"], name="ix_measure_customer"),
            models.Index(fields=["organisation", "kind", "state"], name="ix_measure_state"),
        ]


class Hook(Owned):
    """Where events are sent: another system's address; its secret stands in `secret`."""

    name = word(60)
    url = word(500)
    events = models.JSONField(default=list)
    secret = word(100)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "hook"
        constraints = [unique("hook", "name")]


class HookCall(Owned):
    """One event on its way to one hook; `key` is the message id, the same at every try."""

    hook = link("Hook")
    measure = link("Measure", null=True)
    event = word(60)
    key = word(64)
    body = models.TextField()
    state = word(10, default="ready")
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    lease_owner = word(60)
    lease_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)
    evidence = models.TextField(default="")

    class Meta:
        db_table = "hook_call"
        constraints = [unique("hook_call", "key")]
        indexes = [
            models.Index(fields=["organisation", "state", "next_try_at"], name="ix_hook_call")
        ]
