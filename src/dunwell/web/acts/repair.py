"""Repair: let a way to a contact be used again, after its address was mended or consent given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import folder, inbox, view
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, fields


def _broken(desk: Desk) -> list[tuple[str, str]]:
    """Return the ways that are out of use, as (channel.role, words)."""
    pk = view.ids_of(desk.scope, [desk.customer])[0]
    return [
        (
            f"{r['channel']}.{c.role}",
            f"{words.CHANNELS.get(r['channel'], r['channel'])} of {c.name or words.plain(c.role)}"
            f" ({r['invalid'] or 'not valid'})",
        )
        for c in folder.contacts(desk.scope, pk)
        for r in c.routes
        if r["invalid_on"]
    ]


def _form(desk: Desk) -> type[forms.Form]:
    found = _broken(desk)

    class Repair(forms.Form):
        way = forms.ChoiceField(
            label="Which", choices=found,
            help_text="" if found else "Every way to this customer is in use already.",
        )  # fmt: skip
        reason = fields.line(
            "What changed", help_text="Needed where they had said no: how they agreed again.",
        )  # fmt: skip

    return Repair


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    channel, _, role = said["way"].partition(".")
    n = inbox.repair(
        desk.scope, desk.customer, channel=channel, role=role, reason=said["reason"],
        on=desk.today, now=desk.now,
    )  # fmt: skip
    return Done(f"{words.count(n, 'way')} in use again.")


VERB = Verb("repair", "Contact is right again", "Use it again", "contact", more=True,
            form=_form, do=_do)  # fmt: skip
