"""Promise: what the customer said they will pay, by when."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from dunwell.desk import agreeing, promise
from dunwell.web.acts import Desk, Done, Verb, fields


def _form(desk: Desk) -> type[forms.Form]:
    class Promise(forms.Form):
        until = fields.day("By", required=True, help_text=(
            "At most 14 days ahead; up to 30 waits for the manager."))  # fmt: skip
        amount = fields.amount(help_text="Nothing written means all that is overdue.")
        items = fields.items(desk, help_text="None chosen means the oldest overdue.")
        note = fields.words("Note for colleagues")

    return Promise


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    amount: Decimal | None = said["amount"]
    minor = (
        None
        if amount is None
        else agreeing.minor_of(desk.scope, desk.customer, said["items"], amount, on=desk.today)
    )
    made = promise.open_promise(
        desk.scope, desk.customer, items=said["items"], amount_minor=minor, until=said["until"],
        on=desk.today, now=desk.now, note=said["note"],
    )  # fmt: skip
    (row,) = promise.listed(desk.scope, customer=desk.customer, as_of=desk.today, promise=made)
    if row["in_force_on"] is None:
        words = "Noted; it waits for the manager, and stops nothing until then."
    else:
        words = f"Promised by {said['until']:%-d %B}; nothing goes out about it until then."
    return Done(words, ("promise", str(made)))


def _undo(desk: Desk, made: str) -> Done:
    promise.close_promise(desk.scope, int(made), on=desk.today, now=desk.now)
    return Done("The promise is withdrawn.")


VERB = Verb(
    "promise", "Promise", "Keep the promise", "promise", form=_form, do=_do, undo=_undo, key="p",
)  # fmt: skip
