"""Dispute: what the customer objects to; it stops what it covers until it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.core import disputes
from dunwell.desk import dispute, hold
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, fields


def _form(desk: Desk) -> type[forms.Form]:
    class Dispute(forms.Form):
        code = forms.ChoiceField(
            label="About", choices=[("", "choose"), *((c, words.plain(c)) for c in disputes.CODES)]
        )
        items = fields.items(desk, required=True)
        amount = fields.amount(help_text="A part of one item; nothing written means all of it.")
        owner = fields.line(
            "Who answers it", help_text="Nobody named means whoever looks after it."
        )
        due_on = fields.day("To be answered by")
        note = fields.words("What the customer says", rows=3)

    return Dispute


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    minor = None
    if said["amount"] is not None:
        minor = hold.amount_of(desk.scope, desk.customer, said["items"], said["amount"])
    made = dispute.open_dispute(
        desk.scope, desk.customer, items=said["items"], amount_minor=minor, code=said["code"],
        on=desk.today, now=desk.now, owner=said["owner"], due_on=said["due_on"],
        note=said["note"],
    )  # fmt: skip
    text = f"In dispute: {', '.join(said['items'])}. It waits for an answer."
    return Done(text, ("dispute", str(made)))


def _undo(desk: Desk, made: str) -> Done:
    dispute.withdraw(desk.scope, int(made), on=desk.today, now=desk.now)
    return Done("The dispute is taken back: nobody objected.")


VERB = Verb(
    "dispute", "Dispute", "Open the dispute", "dispute", form=_form, do=_do, undo=_undo, key="d"
)
