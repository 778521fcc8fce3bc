"""What stops everything: insolvency, a lawyer, a wish for no contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import insolvency, standstill
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, fields


def _insolvency(desk: Desk) -> type[forms.Form]:
    class Insolvency(forms.Form):
        on = fields.day("Filed on", required=True, help_text="May lie in the past.")
        kind = forms.CharField(label="Kind", max_length=30, initial="insolvency")
        court_reference = fields.line("The court's number of it")
        claim_due = fields.day("Last day for our claim")
        note = fields.words("Note for colleagues")

    return Insolvency


def _do_insolvency(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = insolvency.open_filing(
        desk.scope, desk.customer, on=said["on"], kind=said["kind"],
        court_reference=said["court_reference"], claim_due=said["claim_due"], note=said["note"],
        as_of=desk.today, now=desk.now,
    )  # fmt: skip
    return Done(
        "Everything is stopped; filing our claim is a task now.", ("insolvency", str(made["id"]))
    )


def _undo_insolvency(desk: Desk, made: str) -> Done:
    insolvency.close(
        desk.scope, int(made), reason="entered by mistake", as_of=desk.today, now=desk.now
    )
    return Done("The insolvency is taken back; the case goes on.")


def _lawyer(desk: Desk) -> type[forms.Form]:
    del desk

    class Lawyer(forms.Form):
        contact = fields.line("Lawyer's name", required=True)
        email = forms.EmailField(label="E-mail", required=False)
        phone = fields.line("Telephone")
        address = fields.words("Address", rows=3)
        note = fields.words("Note for colleagues")

        def clean(self) -> dict[str, Any]:
            said: dict[str, Any] = super().clean() or {}
            if not any(said.get(x) for x in ("email", "phone", "address")):
                self.add_error(None, "Say how to reach the lawyer: e-mail, telephone or address.")
            return said

    return Lawyer


def _do_lawyer(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = standstill.open_lawyer(
        desk.scope, desk.customer, contact=said["contact"], email=said["email"],
        phone=said["phone"], address=said["address"], on=desk.today, note=said["note"],
        as_of=desk.today, now=desk.now,
    )  # fmt: skip
    return Done("Nothing goes to the customer any more: a lawyer speaks for them.",
                ("lawyer", str(made["id"])))  # fmt: skip


def _undo_lawyer(desk: Desk, made: str) -> Done:
    standstill.close(
        desk.scope, int(made), noun="lawyer", reason="entered by mistake", as_of=desk.today,
        now=desk.now,
    )  # fmt: skip
    return Done("The stop is taken back.")


def _ceased(desk: Desk) -> type[forms.Form]:
    del desk

    class Ceased(forms.Form):
        channel = forms.ChoiceField(
            label="No contact", required=False,
            choices=[
                ("", "at all"),
                *((c, f"by {words.CHANNELS.get(c, c)}") for c in standstill.CHANNELS),
            ],
        )  # fmt: skip
        note = fields.words("What they said")

    return Ceased


def _do_ceased(desk: Desk, said: Mapping[str, Any]) -> Done:
    channel = said["channel"] or None
    made = standstill.open_ceased(
        desk.scope, desk.customer, channel=channel, on=desk.today, note=said["note"],
        as_of=desk.today, now=desk.now,
    )  # fmt: skip
    how = f" by {words.CHANNELS.get(channel, channel)}" if channel else ""
    return Done(f"Kept: no contact{how} any more.", ("no-contact", str(made["id"])))


def _undo_ceased(desk: Desk, made: str) -> Done:
    standstill.close(
        desk.scope, int(made), noun="ceased", reason="entered by mistake", as_of=desk.today,
        now=desk.now,
    )  # fmt: skip
    return Done("They may be contacted again.")


VERBS = (
    Verb("no-contact", "No contact", "Keep their wish", "contact", more=True,
         form=_ceased, do=_do_ceased, undo=_undo_ceased,
         initial=lambda desk: {"channel": ""}),
    Verb("lawyer", "Lawyer named", "Stop, and keep the lawyer", "dispute", more=True,
         form=_lawyer, do=_do_lawyer, undo=_undo_lawyer),
    Verb("insolvency", "Insolvency", "Stop everything", "insolvency", more=True,
         form=_insolvency, do=_do_insolvency, undo=_undo_insolvency,
         initial=lambda desk: {"on": desk.today}),
)  # fmt: skip
