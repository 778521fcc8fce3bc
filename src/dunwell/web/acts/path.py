"""Another path: one case walks another segment's or another cadence, until a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import folder, path
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, company, fields


def _form(desk: Desk) -> type[forms.Form]:
    there = path.choices(desk.scope, desk.customer, entity=_first(desk))

    class Path(forms.Form):
        to = forms.ChoiceField(
            label="To",
            choices=[
                ("", "choose"),
                (
                    "As customers of a segment",
                    [(f"segment {s}", words.plain(s)) for s in there.segments],
                ),
                (
                    "Only the steps of a ladder",
                    [(f"cadence {c}", f"ladder {words.plain(c)}") for c in there.cadences],
                ),
            ],
            help_text="A segment brings its ladder and rules; a ladder changes the steps alone.",
        )
        until = fields.day(
            "Until", required=True, help_text="The last day on it; then its own is given back."
        )
        reason = fields.line("Why", required=True)

    return company.asked(desk, Path)


def _first(desk: Desk) -> str | None:
    """Return a company whose policy's paths are offered: the first, where there are several."""
    found = folder.entities_of(desk.scope, desk.customer)
    return found[0][0] if found else None


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    kind, _, name = said["to"].partition(" ")
    made = path.open_path(
        desk.scope, desk.customer, segment=name if kind == "segment" else "",
        cadence=name if kind == "cadence" else "", until=said["until"], reason=said["reason"],
        entity=company.of(said), on=desk.today, now=desk.now,
    )  # fmt: skip
    day = f"{said['until']:%-d %B}"
    text = f"It takes the path {words.plain(name)} through {day}; its steps stay taken."
    return Done(text, ("path", str(made)))


def _undo(desk: Desk, made: str) -> Done:
    path.close_path(desk.scope, int(made), on=desk.today, now=desk.now)
    return Done("It is on its own path again.")


VERB = Verb(
    "path", "Another path", "Move it there", "hold", form=_form, do=_do, undo=_undo, more=True
)
