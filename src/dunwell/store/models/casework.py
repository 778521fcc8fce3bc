"""Cases, what stops them, what was decided, and what went out."""

from __future__ import annotations

import datetime as dt

from django.db import models

from dunwell.store.models.base import Owned, link, unique, word

AT_ONCE = dt.date(1, 1, 1)
NEVER = dt.date(9999, 12, 31)


class Case(Owned):
    entity = link("Entity")
    customer = link("Customer")
    no = models.IntegerField()
    policy_version = link("PolicyVersion")
    cadence = word(60)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    outcome = word(30)
    version = models.IntegerField(default=0)

    class Meta:
        db_table = "dunning_case"
        constraints = [
            unique("case", "entity", "customer", "no"),
            models.UniqueConstraint(
                fields=["organisation", "entity", "customer"],
                condition=models.Q(closed_on__isnull=True),
                name="uq_case_one_open",
            ),
        ]


class Watch(Owned):
    """When to look at a customer of an entity again, and what stands until then (a cache).

    `look_on` is the first day on which the outcome may differ (SEMANTICS 2.7); any event sets
    it to `AT_ONCE`, and `NEVER` waits for one. `decided_on` is the day last decided for. What
    was decided in an earlier `epoch` than its entity's does not stand. `woken` says when an
    event last woke it, as `store.since` counts.
    """

    entity = link("Entity")
    customer = link("Customer")
    epoch = models.IntegerField(default=0)
    look_on = models.DateField(default=AT_ONCE)
    decided_on = models.DateField(null=True)
    verdict = word(4)
    reason = word(24)
    also = word(200)
    look_again_on = models.DateField(null=True)
    woken = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "watch"
        constraints = [unique("watch", "entity", "customer")]
        indexes = [
            models.Index(
                fields=["organisation", "entity", "epoch", "look_on", "customer"], name="ix_watch"
            ),
            models.Index(fields=["organisation", "woken"], name="ix_watch_woken"),
        ]


class CaseWait(Owned):
    """Since when a step waits for a requirement or an approval (SEMANTICS 4.6)."""

    entity = link("Entity")
    customer = link("Customer")
    step = word(42)
    since_on = models.DateField()

    class Meta:
        db_table = "case_wait"
        constraints = [unique("case_wait", "entity", "customer", "step")]


class Assessment(Owned):
    """Segment and grade as a dated fact, with the inputs they rest on."""

    entity = link("Entity")
    customer = link("Customer")
    segment = word(40)
    grade = word(20)
    since_on = models.DateField()
    until_on = models.DateField(null=True)
    inputs = models.JSONField(default=dict)

    class Meta:
        db_table = "assessment"
        constraints = [unique("assessment", "entity", "customer", "since_on")]


class Path(Owned):
    """Another segment's or another cadence that a case walks, by a person, through a day."""

    entity = link("Entity")
    customer = link("Customer")
    segment = word(40)
    cadence = word(60)
    from_on = models.DateField()
    until_on = models.DateField()
    ended_on = models.DateField(null=True)
    reason = word(200)
    by = word(100)
    opened_at = models.DateTimeField()
    ended_by = word(100)

    class Meta:
        db_table = "path"
        indexes = [models.Index(fields=["organisation", "entity", "until_on"], name="ix_path")]


class Stop(Owned):
    """Whatever keeps items or a customer from being chased; never deleted, only ended."""

    customer = link("Customer")
    entity = link("Entity", null=True)
    kind = word(24)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    clock_until_on = models.DateField(null=True)
    gives_back = models.BooleanField(default=False)
    state = word(20, default="open")
    reason = word(200)
    by = word(100)
    review_on = models.DateField(null=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = word(100)

    class Meta:
        db_table = "stop"
        indexes = [models.Index(fields=["organisation", "customer"], name="ix_stop_customer")]


class StopItem(Owned):
    stop = link("Stop")
    item = link("Item")
    amount_minor = models.BigIntegerField(null=True)

    class Meta:
        db_table = "stop_item"
        constraints = [unique("stop_item", "stop", "item")]


class Outreach(Owned):
    """A demand or reminder that reached the customer, by machine or by hand."""

    entity = link("Entity")
    customer = link("Customer")
    on = models.DateField()
    tone = word(10)
    channel = word(10)
    step = word(42)
    action = link("Action", null=True)
    by_hand = models.BooleanField(default=False)
    reached = models.BooleanField(default=True)
    voided_on = models.DateField(null=True)

    class Meta:
        db_table = "outreach"
        indexes = [
            models.Index(
                fields=["organisation", "entity", "customer", "on"], name="ix_outreach_customer"
            )
        ]


class Done(Owned):
    """Something a step may require: a call, an attempt, a reply, a plan in default."""

    entity = link("Entity")
    customer = link("Customer")
    kind = word(20)
    on = models.DateField()
    channel = word(10)
    outcome = word(20)

    class Meta:
        db_table = "done"
        indexes = [
            models.Index(fields=["organisation", "entity", "customer"], name="ix_done_customer")
        ]


class Approval(Owned):
    """A question put to a role, under the key of the action it is about, and the answer."""

    entity = link("Entity")
    customer = link("Customer")
    what = word(24)
    step = word(42)
    key = word(32)
    role = word(30)
    items = models.JSONField(default=list)
    amounts = models.JSONField(default=list)
    takes = models.JSONField(default=list)
    asked_on = models.DateField()
    proposed_by = word(100)
    state = word(10, default="asked")
    decided_on = models.DateField(null=True)
    decided_by = word(100)
    until_on = models.DateField(null=True)
    reason = word(300)

    class Meta:
        db_table = "approval"
        indexes = [
            models.Index(
                fields=["organisation", "entity", "customer"], name="ix_approval_customer"
            ),
            models.Index(fields=["organisation", "key"], name="ix_approval_key"),
        ]


class Run(Owned):
    """One look that was recorded; `proposal` is the one it released, where it released one."""

    as_of = models.DateField()
    at = models.DateTimeField()
    mode = word(12)
    gate = word(200)
    counts = models.JSONField(default=dict)
    by = word(100)
    proposal = link("Proposal", null=True)

    class Meta:
        db_table = "run"
        indexes = [models.Index(fields=["organisation", "as_of"], name="ix_run")]


class Decision(Owned):
    """A decision with the facts it saw; in force until the next (DATA.md 1.2)."""

    entity = link("Entity")
    customer = link("Customer")
    run = link("Run", null=True)
    as_of = models.DateField()
    recorded_at = models.DateTimeField()
    verdict = word(4)
    reason = word(24)
    step = word(42)
    look_again_on = models.DateField(null=True)
    body = models.BinaryField()
    facts = models.BinaryField()
    policy_version = link("PolicyVersion")
    rules = models.IntegerField()
    in_force = models.BooleanField(default=True)

    class Meta:
        db_table = "decision"
        indexes = [
            models.Index(
                fields=["organisation", "entity", "customer", "as_of"], name="ix_decision_customer"
            ),
            models.Index(
                fields=["organisation", "entity", "customer"],
                name="ix_decision_in_force",
                condition=models.Q(in_force=True),
            ),
        ]


class Proposal(Owned):
    """What a day would do, kept for review; then released, and carried out of the house.

    `state`: saved, releasing, released. `carried` says how its messages are on their way: "" where
    nobody carries them from here, going, paused, stopped (`why` says by what), done. `carrier` is
    the worker that does, last heard of at `beat_at`.
    """

    as_of = models.DateField()
    at = models.DateTimeField()
    state = word(12, default="saved")
    by = word(100)
    body = models.BinaryField()
    dropped = models.JSONField(default=dict)
    carried = word(10)
    carrier = word(60)
    beat_at = models.DateTimeField(null=True)
    why = word(200)

    class Meta:
        db_table = "proposal"


class Action(Owned):
    """What was recorded to be done: the outbox. Its key is never sent twice."""

    entity = link("Entity")
    customer = link("Customer")
    decision = link("Decision")
    key = word(32)
    channel = word(10)
    to_role = word(30)
    contact = link("Contact", null=True)
    step = word(42)
    takes_step = models.BooleanField(default=False)
    template = word(60)
    send_at = models.DateTimeField()
    state = word(10, default="ready")
    lease_owner = word(60)
    lease_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    reason = word(200)
    approved_by = word(100)
    attempt_of = word(120)

    class Meta:
        db_table = "action"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key"],
                condition=~models.Q(state="cancelled"),
                name="uq_action_key",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "send_at"], name="ix_action_state"),
            models.Index(
                fields=["organisation", "entity", "customer", "state"], name="ix_action_customer"
            ),
            models.Index(fields=["organisation", "decision"], name="ix_action_decision"),
        ]


class StepTaken(Owned):
    """A step an item has taken; unique for live ones (SEMANTICS 6.5)."""

    item = link("Item")
    step = word(42)
    on = models.DateField()
    tone = word(10)
    phase = word(8)
    named_on = models.DateField(null=True)
    action = link("Action", null=True)
    source = word(12, default="action")
    voided_on = models.DateField(null=True)
    void_reason = word(60)

    class Meta:
        db_table = "step_taken"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "item", "step"],
                condition=models.Q(voided_on__isnull=True),
                name="uq_step_taken_live",
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "action"],
                name="ix_step_taken_voided",
                condition=models.Q(voided_on__isnull=False),
            ),
            models.Index(
                fields=["organisation", "item"],
                name="ix_step_taken_back",
                condition=models.Q(voided_on__isnull=False),
            ),
        ]


class Receipt(Owned):
    action = link("Action")
    kind = word(12)
    at = models.DateTimeField()
    evidence = models.TextField(default="")
    message_sha256 = word(64)

    class Meta:
        db_table = "receipt"
        indexes = [models.Index(fields=["organisation", "action"], name="ix_receipt_action")]
