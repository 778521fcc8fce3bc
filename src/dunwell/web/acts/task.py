"""Follow up: a task that cannot be lost, for oneself or a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import task
from dunwell.web.acts import Desk, Done, Verb, fields


def _form(desk: Desk) -> type[forms.Form]:
    class FollowUp(forms.Form):
        note = fields.words("What is to be done", required=True)
        until = fields.day("On", required=True)
        owner = fields.line("Who", help_text="Nobody named means whoever looks after the customer.")

    return FollowUp


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = task.open_task(
        desk.scope, desk.customer, kind="follow_up", until=said["until"], note=said["note"],
        owner=said["owner"], on=desk.today, now=desk.now,
    )  # fmt: skip
    return Done(f"To be followed up on {said['until']:%-d %B}.", ("task", str(made["id"])))


def _undo(desk: Desk, made: str) -> Done:
    task.close_task(desk.scope, int(made), outcome="withdrawn", on=desk.today, now=desk.now)
    return Done("The task is withdrawn.")


VERB = Verb("task", "Follow up", "Keep the task", "task", form=_form, do=_do, undo=_undo, key="f")
