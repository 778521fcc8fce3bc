"""Hold: leave a customer, or some of its items, alone for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import hold
from dunwell.web.acts import Desk, Done, Verb, fields


def _form(desk: Desk) -> type[forms.Form]:
    class Hold(forms.Form):
        reason = fields.line("Why", required=True)
        until = fields.day("Until", help_text="The last day it holds; without one it has no end.")
        items = fields.items(desk, help_text="None chosen holds everything.")
        note = fields.words("Note for colleagues")

    return Hold


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = hold.open_hold(
        desk.scope, desk.customer, items=said["items"], amount_minor=None, on=desk.today,
        until=said["until"], reason=said["reason"], note=said["note"], now=desk.now,
    )  # fmt: skip
    until = f" until {said['until']:%-d %B}" if said["until"] else ""
    what = ", ".join(said["items"]) or "everything"
    return Done(f"Held: {what}{until}.", ("hold", str(made)))


def _undo(desk: Desk, made: str) -> Done:
    hold.close_hold(desk.scope, int(made), on=desk.today, now=desk.now, kinds=("hold",))
    return Done("The hold is released.")


VERB = Verb(
    "hold", "Hold", "Hold", "hold", form=_form, do=_do, undo=_undo, key="h",
)  # fmt: skip
