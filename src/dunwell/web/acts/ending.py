"""The end of the ladder: agency, our lawyer, bureau, write-off; each asks a role first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from dunwell.desk import placement, write_off
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, company, fields

_EXPIRED = "None chosen means all whose final demand has run out."
_REPORTED = f"{_EXPIRED} Only where the policy reports at all, and never a natural person."


def _handed(desk: Desk, said: str = _EXPIRED) -> type[forms.Form]:
    class Handed(forms.Form):
        items = fields.items(desk, help_text=said)

    return company.asked(desk, Handed)


_ASKED = {
    "agency": "Asked; it is handed over once the checklist is done and a role approves.",
    "legal": "Asked; it is handed over once the role legal approves.",
    "bureau": "Asked; it may be exported for the bureau once a role approves.",
}


def _hand_over(kind: str) -> Callable[[Desk, Mapping[str, Any]], Done]:
    def do(desk: Desk, said: Mapping[str, Any]) -> Done:
        placement.propose(
            desk.scope, desk.customer, kind=kind, items=said["items"], entity=company.of(said),
            as_of=desk.today, now=desk.now,
        )  # fmt: skip
        return Done(_ASKED[kind])

    return do


def _given_up(desk: Desk) -> type[forms.Form]:
    class WriteOff(forms.Form):
        reason = fields.line("Why", required=True)
        items = fields.items(desk, help_text="None chosen means all that is open and not stopped.")
        amount = fields.amount(help_text="A part of one item; nothing written means all of it.")

    return company.asked(desk, WriteOff)


def _write_off(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = write_off.propose(
        desk.scope, desk.customer, items=said["items"], amount=said["amount"],
        reason=said["reason"], entity=company.of(said), as_of=desk.today, now=desk.now,
    )  # fmt: skip
    return Done(f"Asked the {words.plain(made['role'])}; nothing is given up until then.")


VERBS = (
    Verb("agency", "Hand to an agency", "Ask for approval", "placement", more=True,
         form=_handed, do=_hand_over("agency"), leaves=True),
    Verb("legal", "Hand to our lawyer", "Ask for approval", "placement", more=True,
         form=_handed, do=_hand_over("legal"), leaves=True),
    Verb("bureau", "Report to a bureau", "Ask for approval", "placement", more=True,
         form=lambda desk: _handed(desk, _REPORTED), do=_hand_over("bureau"), leaves=True),
    Verb("write-off", "Write off", "Ask for approval", "write_off", more=True,
         form=_given_up, do=_write_off),
)  # fmt: skip
