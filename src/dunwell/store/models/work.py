"""What people do: tasks, calls, notes, alerts, and the mails that come in."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, link, unique, word


class Task(Owned):
    """Something for a person; past due it goes to the manager, it is never dropped.

    `cause` names what it is about, so that the same thing makes one open task. `note` is ours
    and names nobody; what people write is personal.
    """

    kind = word(30)
    entity = link("Entity", null=True)
    customer = link("Customer", null=True)
    item = link("Item", null=True)
    action = link("Action", null=True)
    cause = word(120)
    owner = word(100)
    deputy = word(100)
    due_on = models.DateField()
    state = word(10, default="open")
    note = word(300)
    created_on = models.DateField()
    created_by = word(100)
    escalated_on = models.DateField(null=True)
    escalated_to = word(100)
    done_on = models.DateField(null=True)
    done_by = word(100)
    outcome = word(60)

    class Meta:
        db_table = "task"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "cause"],
                condition=models.Q(state="open") & ~models.Q(cause=""),
                name="uq_task_cause",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "due_on"], name="ix_task"),
            models.Index(fields=["organisation", "customer", "state"], name="ix_task_customer"),
        ]


class Call(Owned):
    """A call tried or made; its note is personal. `action` is the planned call it answers.

    `led_to` is what it brought about, so that it can be taken back: one that was logged in
    error counts as nothing from `withdrawn_on` on.
    """

    entity = link("Entity")
    customer = link("Customer")
    contact = link("Contact", null=True)
    action = link("Action", null=True)
    task = link("Task", null=True)
    channel = word(10, default="phone")
    at = models.DateTimeField()
    on = models.DateField()
    outcome = word(20)
    by = word(100)
    minutes = models.IntegerField(default=0)
    follow_up_on = models.DateField(null=True)
    stop = link("Stop", null=True)
    led_to = models.JSONField(default=dict)
    withdrawn_on = models.DateField(null=True)
    withdrawn_by = word(100)

    class Meta:
        db_table = "call"
        indexes = [
            models.Index(fields=["organisation", "entity", "customer"], name="ix_call_customer")
        ]


class Note(Owned):
    """A note about a customer; its words are personal. `led_to` is what a contact by hand wrote."""

    entity = link("Entity", null=True)
    customer = link("Customer")
    at = models.DateTimeField()
    by = word(100)
    led_to = models.JSONField(default=dict)
    withdrawn_on = models.DateField(null=True)
    withdrawn_by = word(100)

    class Meta:
        db_table = "note"
        indexes = [models.Index(fields=["organisation", "customer"], name="ix_note_customer")]


class SavedFilter(Owned):
    """A part of a list that one person comes back to, under a name of their own."""

    by = word(100)
    page = word(20)
    name = word(60)
    query = models.JSONField(default=dict)

    class Meta:
        db_table = "saved_filter"
        constraints = [unique("saved_filter", "by", "page", "name")]


class Alert(Owned):
    """A threshold somebody wants to know about: amount, age, grade or step."""

    name = word(60)
    entity = link("Entity", null=True)
    on_what = word(10)
    threshold = word(60)
    who = word(100)
    by = word(100)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)

    class Meta:
        db_table = "alert"
        constraints = [unique("alert", "name")]


class AlertCrossing(Owned):
    """A customer beyond an alert's threshold; told once until it has come back."""

    alert = link("Alert")
    entity = link("Entity")
    customer = link("Customer")
    crossed_on = models.DateField()
    cleared_on = models.DateField(null=True)

    class Meta:
        db_table = "alert_crossing"
        constraints = [unique("alert_crossing", "alert", "entity", "customer", "crossed_on")]


class Reply(Owned):
    """Something that came in: a bounce, a receipt, a stop word, an answer. Its words are personal.

    `kind`: bounce, delivered, read, auto, stop, reply, unmatched.
    """

    entity = link("Entity", null=True)
    customer = link("Customer", null=True)
    action = link("Action", null=True)
    channel = word(10, default="email")
    kind = word(12)
    message_id = word(200)
    sha256 = word(64)
    received_at = models.DateTimeField()
    state = word(10, default="unread")
    evidence = models.JSONField(default=dict)

    class Meta:
        db_table = "reply"
        constraints = [unique("reply", "sha256")]
        indexes = [models.Index(fields=["organisation", "customer"], name="ix_reply_customer")]
