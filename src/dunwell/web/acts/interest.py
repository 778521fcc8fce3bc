"""Interest: claim what has come up on a customer's late items, or ask the role that approves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.core import money
from dunwell.desk import interest
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, company, fields


def _form(desk: Desk) -> type[forms.Form]:
    class Interest(forms.Form):
        until = fields.day("Through", help_text="The last day that is claimed; by default today.")
        items = fields.items(desk, help_text="None chosen means all that are late.")

    return company.asked(desk, Interest)


def _do(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = interest.open_claims(
        desk.scope, desk.customer, items=said["items"], entity=company.of(said),
        as_of=said["until"] or desk.today, on=desk.today, now=desk.now,
    )  # fmt: skip
    total = words.listed([money.text(a["amount_minor"], a["currency"]) for a in made["amounts"]])
    if made["state"] == "asked":
        role = words.plain(made["approval"])
        return Done(f"Asked the {role}: {total}. Nothing is claimed until then.")
    numbers = words.listed([c["number"] for c in made["claims"]])
    return Done(f"Claimed {total}, as {numbers}: due today.")


VERB = Verb("interest", "Charge interest", "Claim it", "interest", form=_form, do=_do, more=True,
            leaves=True)  # fmt: skip
