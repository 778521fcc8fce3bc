"""Note: keep what colleagues should know; or a contact made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.core.errors import Refused
from dunwell.desk import note
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, fields

_HOW = (
    ("", "not contacted"), ("email", "by e-mail"), ("letter", "by letter"), ("sms", "by SMS"),
    ("in_person", "in person"),
)  # fmt: skip


def _form(desk: Desk) -> type[forms.Form]:
    class Note(forms.Form):
        note = fields.words("Note", required=True, rows=3)
        contacted = forms.ChoiceField(
            label="Was the customer contacted?", choices=_HOW, required=False,
            help_text="A contact made by hand counts: the next message keeps its distance.",
        )  # fmt: skip

    return Note


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    what = note.Said(said["note"], contacted=said["contacted"])
    made = note.open_note(
        desk.scope, desk.customer, what, on=desk.today, today=desk.today, now=desk.now
    )
    return Done("Noted.", ("note", str(made["id"])))


def _undo(desk: Desk, made: str) -> Done:
    done = note.close_note(desk.scope, int(made), on=desk.today, now=desk.now)
    return Done(f"The note on {done['customer']} is taken back.")


def _asks(desk: Desk, made: str) -> tuple[str, str]:
    found = note.listed(desk.scope, customer=None, number=int(made))
    if not found or found[0]["withdrawn_on"]:
        raise Refused("unknown_note", f"there is no note {made} to take back")
    row = found[0]
    return row["customer"], f"Note of {words.long_day(row['on'])} by {row['by']}: {row['note']}"


VERB = Verb(
    "note", "Note", "Keep the note", "note", form=_form, do=_do, undo=_undo, asks=_asks, key="n"
)
