"""Plan: monthly instalments for what is open; a role approves it before it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import plan
from dunwell.web.acts import Desk, Done, Verb, fields


def _form(desk: Desk) -> type[forms.Form]:
    class Plan(forms.Form):
        instalments = forms.TypedChoiceField(
            label="Instalments", coerce=int, choices=[(n, f"{n} months") for n in range(2, 7)]
        )
        first_on = fields.day("First one on", help_text="Nothing written means in a month.")
        items = fields.items(desk, help_text="None chosen means everything overdue.")
        note = fields.words("Note for whoever approves it")

    return Plan


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = plan.open_plan(
        desk.scope, desk.customer, items=said["items"], instalments=said["instalments"],
        first_on=said["first_on"], on=desk.today, now=desk.now, note=said["note"],
    )  # fmt: skip
    return Done("The plan waits for approval; it stops nothing until then.", ("plan", str(made)))


def _undo(desk: Desk, made: str) -> Done:
    plan.close_plan(desk.scope, int(made), on=desk.today, now=desk.now)
    return Done("The plan is withdrawn.")


VERB = Verb("plan", "Payment plan", "Propose the plan", "plan", form=_form, do=_do, undo=_undo)
