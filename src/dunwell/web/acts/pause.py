"""Pauses for people's sake: hardship, a pause sales asks for, a case out of its cadence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from dunwell.desk import hardship, hold
from dunwell.web.acts import Desk, Done, Verb, fields


def _form(desk: Desk, *, has_end: bool, is_told: str) -> type[forms.Form]:
    class Pause(forms.Form):
        reason = fields.line("Why", required=True, help_text=is_told)
        if has_end:
            until = fields.day("Until", required=True, help_text="The last day it holds.")
            items = fields.items(desk, help_text="None chosen means everything.")
        note = fields.words("Note for colleagues")

    return Pause


def _do(kind: str, said_of_it: str) -> Callable[[Desk, Mapping[str, Any]], Done]:
    def do(desk: Desk, said: Mapping[str, Any]) -> Done:
        wanted = hardship.Wanted(
            kind, items=tuple(said.get("items", ())), until=said.get("until"),
            reason=said["reason"], note=said["note"],
        )  # fmt: skip
        made = hardship.open_stop(desk.scope, desk.customer, wanted, on=desk.today, now=desk.now)
        name = _NAMES.get(kind)
        return Done(said_of_it, (name, str(made["id"])) if name else None)

    return do


def _undo(kind: str) -> Callable[[Desk, str], Done]:
    def undo(desk: Desk, made: str) -> Done:
        hold.close_hold(desk.scope, int(made), on=desk.today, now=desk.now, kinds=(kind,))
        return Done("The pause is over.")

    return undo


_NAMES = {"hardship": "hardship", "moved_out": "out-of-cadence"}
"""What can be taken back: a question to the manager is answered, not undone."""

VERBS = (
    Verb(
        "hardship", "Hardship", "Pause for hardship", "hold", more=True, undo=_undo("hardship"),
        form=lambda desk: _form(desk, has_end=False, is_told=(
            "Fourteen days with soft messages only; somebody offers a plan within two.")),
        do=_do("hardship", "Paused for hardship; offering a plan is a task now."),
    ),
    Verb(
        "commercial-pause", "Pause for sales", "Ask for the pause", "hold", more=True,
        form=lambda desk: _form(desk, has_end=True, is_told=(
            "Fourteen days at most, and only once the manager has approved it.")),
        do=_do("commercial_pause", "Asked the manager; nothing is paused until the answer."),
    ),
    Verb(
        "out-of-cadence", "Take out of the ladder", "Take it out", "hold", more=True,
        undo=_undo("moved_out"),
        form=lambda desk: _form(desk, has_end=True, is_told=(
            "Worked by a person until its day; the steps taken stay.")),
        do=_do("moved_out", "Taken out of the ladder; a person works it until its day."),
    ),
)  # fmt: skip
