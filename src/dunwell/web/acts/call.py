"""Log a call: what came of it, and what follows: a promise, a dispute, a follow-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.core import calls, disputes
from dunwell.core.errors import Refused
from dunwell.desk import call
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, fields

_WORDS = {
    "reached": "reached", "promise": "promised to pay", "dispute": "disputes something",
    "refused": "refused to pay", "voicemail": "left a voicemail",
    "gatekeeper": "spoke to somebody else", "no_answer": "no answer", "busy": "busy",
    "wrong_number": "wrong number",
}  # fmt: skip

_NOTHING: dict[str, Any] = {"items": [], "dispute_code": ""}


def _form(desk: Desk) -> type[forms.Form]:
    class Call(forms.Form):
        outcome = forms.ChoiceField(
            label="What came of it",
            choices=[("", "choose"), *((o, _WORDS.get(o, o)) for o in calls.OUTCOMES)],
        )
        note = fields.words("Note", rows=3)
        promise_by = fields.only(fields.day("Promised to pay by"), "promise", is_needed=True)
        promise_amount = fields.only(
            fields.amount(
                "Promised amount", help_text="Nothing written means all that is overdue."
            ),
            "promise",
        )
        dispute_code = fields.only(
            forms.ChoiceField(
                label="What they dispute", required=False,
                choices=[("", "choose")] + [(c, words.plain(c)) for c in disputes.CODES],
            ),
            "dispute", is_needed=True,
        )  # fmt: skip
        dispute_amount = fields.only(
            fields.amount(
                "Disputed amount", help_text="A part of one item; nothing written means all of it."
            ),
            "dispute",
        )
        items = fields.only(
            fields.items(
                desk, help_text="What they promise or dispute; none chosen means what is overdue."
            ),
            "promise", "dispute",
        )  # fmt: skip
        follow_up_on = fields.day("Follow up on")
        is_mobile = forms.BooleanField(label="On the mobile number", required=False)

        def clean(self) -> dict[str, Any]:
            said: dict[str, Any] = super().clean() or {}
            for name, field in self.fields.items():
                when = getattr(field, "when", "").split()
                if when and said.get("outcome") not in when:
                    said[name] = _NOTHING.get(name)  # typed before the outcome was another
            if said.get("outcome") == "promise" and not said.get("promise_by"):
                self.add_error("promise_by", "By which day?")
            if said.get("outcome") == "dispute" and not said.get("dispute_code"):
                self.add_error("dispute_code", "What is it about?")
            return said

    return Call


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = call.open_call(
        desk.scope,
        desk.customer,
        call.Said(
            outcome=said["outcome"], on=desk.today, note=said["note"],
            promise_by=said["promise_by"], promise_amount=said["promise_amount"],
            dispute_code=said["dispute_code"], dispute_amount=said["dispute_amount"],
            items=tuple(said["items"]), follow_up_on=said["follow_up_on"],
            is_mobile=said["is_mobile"],
        ),
        today=desk.today,
        now=desk.now,
    )  # fmt: skip
    text = f"Call noted: {_WORDS.get(said['outcome'], said['outcome'])}."
    if "dispute" in made:
        text += " The dispute is open; it waits for an answer."
    if said["promise_by"]:
        text += f" Promised by {said['promise_by']:%-d %B}; nothing goes out until then."
    return Done(text, ("call", str(made["id"])))


def _undo(desk: Desk, made: str) -> Done:
    call.close_call(desk.scope, int(made), on=desk.today, now=desk.now)
    return Done("The call is taken back: it counts as nothing, and what followed from it is over.")


def _asks(desk: Desk, made: str) -> tuple[str, str]:
    found = call.history(desk.scope, customer=None, number=int(made))
    if not found or found[0]["withdrawn_on"]:
        raise Refused("unknown_call", f"there is no call {made} to take back")
    row = found[0]
    what = _WORDS.get(row["outcome"], row["outcome"])
    on = words.long_day(row["on"])
    said = f"Call of {on}, {row['at']}: {what}, logged by {row['by']}."
    return row["customer"], f"{said} A promise or dispute it opened ends with it."


def _before(desk: Desk) -> dict[str, Any]:
    from dunwell.web import calling  # the queue's page knows the verbs

    return calling.before(desk)


VERB = Verb(
    "call", "Log a call", "Log the call", "call", form=_form, do=_do, undo=_undo, asks=_asks,
    key="c", before=_before,
)  # fmt: skip
