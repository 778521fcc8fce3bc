"""Leave out: let a customer hear nothing today; tomorrow it is looked at as ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import release
from dunwell.web.acts import Desk, Done, Verb, fields


def _form(desk: Desk) -> type[forms.Form]:
    class LeaveOut(forms.Form):
        reason = fields.line(
            "Why", required=True,
            help_text="For today alone: tomorrow the customer is looked at as ever.",
        )  # fmt: skip

    return LeaveOut


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = release.leave_out(
        desk.scope, desk.customer, reason=said["reason"], as_of=desk.today, now=desk.now
    )
    return Done("Left out today; nothing goes out to them.", ("drop", str(made)))


def _undo(desk: Desk, made: str) -> Done:
    release.put_back(desk.scope, [int(x) for x in made.split(".")], as_of=desk.today, now=desk.now)
    return Done("Put back: what is due today may go out again.")


VERB = Verb(
    "drop", "Leave out today", "Leave out", "release", form=_form, do=_do, undo=_undo, key="o",
    many=True,
)  # fmt: skip
