"""Share: a link to the customer's own page, shown once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import portal
from dunwell.web.acts import Desk, Done, Verb

_HELP = "Whoever has the link sees the account and can speak for the customer."


def _form(desk: Desk) -> type[forms.Form]:
    codes = portal.entities_of(desk.scope, desk.customer)
    widget = forms.Select() if len(codes) > 1 else forms.HiddenInput()

    class Share(forms.Form):
        days = forms.IntegerField(
            label="Opens for how many days", min_value=1, max_value=portal.LONGEST_DAYS,
            initial=portal.DAYS, help_text=_HELP,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        )  # fmt: skip
        entity = forms.ChoiceField(
            label="Of which entity", choices=[(c, c) for c in codes], widget=widget,
            required=len(codes) > 1, initial=codes[0] if len(codes) == 1 else "",
        )  # fmt: skip

    return Share


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = portal.open_link(
        desk.scope, desk.customer, entity=said["entity"] or None, days=said["days"], now=desk.now
    )
    link = f"{desk.site}/portal/{made.token}"
    words = f"Copy the link now, it is shown once. It opens until {made.expires_at:%-d %B}."
    return Done(words, ("share", str(made.id)), link)


def _undo(desk: Desk, made: str) -> Done:
    portal.close_link(desk.scope, int(made), now=desk.now)
    return Done("The link is revoked; it opens nothing any more.")


VERB = Verb("share", "Share a link", "Make the link", "share", form=_form, do=_do, undo=_undo)
