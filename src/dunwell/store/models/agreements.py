"""What was said and agreed with a customer; each stands beside the stop it is (SEMANTICS 7)."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, link, unique, word


class Dispute(Owned):
    """An objection to items or amounts; its stop says what it covers.

    `covers` is [[item, minor, is whole], …] as it was disputed. `due_on` is when it must be
    answered; `answered_on` when the customer had the answer.
    """

    stop = link("Stop")
    covers = models.JSONField(default=list)
    code = word(20)
    owner = word(100)
    due_on = models.DateField()
    escalated_on = models.DateField(null=True)
    outcome = word(12)
    decided_on = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    credit_note = word(100)

    class Meta:
        db_table = "dispute"
        constraints = [unique("dispute", "stop")]


class Promise(Owned):
    """An amount by a day. `covers` is [[item, minor, is whole], …]; `state` is a cache.

    Whether it was kept is computed from payments since `made_on` (`core.promises`).
    `last_on` is its last day of tolerance; `in_force_on` is null while its approval is awaited.
    `known_to`: the last payment known when it was made.
    """

    stop = link("Stop")
    made_on = models.DateField()
    by_on = models.DateField()
    last_on = models.DateField()
    currency = word(3)
    amount_minor = models.BigIntegerField()
    covers = models.JSONField(default=list)
    origin = word(20)
    approval_key = word(32)
    in_force_on = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    state = word(12, default="open")
    judged_on = models.DateField(null=True)
    known_to = models.BigIntegerField(default=0)

    class Meta:
        db_table = "promise"
        constraints = [unique("promise", "stop")]


class Plan(Owned):
    """Monthly instalments for what was open of some items; `state` is a cache.

    `covers` is [[item, minor], …]; `known_to`: the last payment known when it was made.
    """

    stop = link("Stop")
    made_on = models.DateField()
    currency = word(3)
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    covers = models.JSONField(default=list)
    origin = word(20)
    approval_key = word(32)
    in_force_on = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    default_on = models.DateField(null=True)
    state = word(12, default="asked")
    judged_on = models.DateField(null=True)
    known_to = models.BigIntegerField(default=0)

    class Meta:
        db_table = "plan"
        constraints = [unique("plan", "stop")]


class Instalment(Owned):
    plan = link("Plan")
    n = models.IntegerField()
    due_on = models.DateField()
    last_on = models.DateField()
    amount_minor = models.BigIntegerField()
    reminded_on = models.DateField(null=True)

    class Meta:
        db_table = "plan_instalment"
        constraints = [unique("plan_instalment", "plan", "n")]
