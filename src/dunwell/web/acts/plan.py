"""Plan: monthly instalments for what is open; a role approves it before it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import plan
from dunwell.web.acts import Desk, Done, Verb, fields

FEWEST = 2


def _form(desk: Desk) -> type[forms.Form]:
    class Plan(forms.Form):
        instalments = forms.TypedChoiceField(
            label="Instalments", coerce=int, choices=[(n, f"{n} months") for n in range(FEWEST, 7)]
        )
        first_on = fields.day(
            "First one on", help_text="Nothing written means the last working day within a month."
        )
        items = fields.items(desk, help_text="None chosen means everything overdue.")
        note = fields.words("Note for whoever approves it")

    return Plan


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = plan.open_plan(
        desk.scope, desk.customer, items=said["items"], instalments=said["instalments"],
        first_on=said["first_on"], on=desk.today, now=desk.now, note=said["note"],
    )  # fmt: skip
    return Done("The plan waits for approval; it stops nothing until then.", ("plan", str(made)))


def _seen(desk: Desk, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schedule as it would be: what is asked for, and when."""
    currency, terms = plan.drafted(
        desk.scope, desk.customer, items=said.get("items") or (),
        instalments=said.get("instalments") or FEWEST, first_on=said.get("first_on"),
        on=desk.today,
    )  # fmt: skip
    return {
        "currency": currency, "parts": terms.schedule, "interest": terms.interest_minor,
        "fee": terms.fee_minor, "total": sum(p.minor for p in terms.schedule),
    }  # fmt: skip


def _undo(desk: Desk, made: str) -> Done:
    plan.close_plan(desk.scope, int(made), on=desk.today, now=desk.now)
    return Done("The plan is withdrawn.")


VERB = Verb(
    "plan", "Payment plan", "Propose the plan", "plan", form=_form, do=_do, undo=_undo, seen=_seen
)
