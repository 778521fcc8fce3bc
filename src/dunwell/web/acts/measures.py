"""Suspension, credit hold, other terms: proposed here, in force once a role approves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from dunwell.desk import measure, terms
from dunwell.web import words
from dunwell.web.acts import Desk, Done, Verb, company, fields

_WITHDRAWN = "taken back where it was proposed"


def _form(desk: Desk) -> type[forms.Form]:
    class Measure(forms.Form):
        reason = fields.line(
            "Why", required=True,
            help_text="A role must approve it; it ends by itself when what is overdue is paid.",
        )  # fmt: skip
        items = fields.items(desk, help_text="None chosen means all that is overdue.")

    return company.asked(desk, Measure)


def _do(kind: str) -> Callable[[Desk, Mapping[str, Any]], Done]:
    def do(desk: Desk, said: Mapping[str, Any]) -> Done:
        made = measure.open_measure(
            desk.scope, kind, desk.customer, items=said["items"], entity=company.of(said),
            on=desk.today, reason=said["reason"], now=desk.now,
        )  # fmt: skip
        name = words.titled(kind)
        return Done(f"{name} proposed; it waits for approval.", (_NAMES[kind], str(made["id"])))

    return do


def _undo(kind: str) -> Callable[[Desk, str], Done]:
    def undo(desk: Desk, made: str) -> Done:
        measure.close(desk.scope, kind, int(made), reason=_WITHDRAWN, on=desk.today, now=desk.now)
        return Done(f"{words.titled(kind)} withdrawn.")

    return undo


_NAMES = {"suspension": "suspension", "credit_hold": "credit-hold"}


def _terms(desk: Desk) -> type[forms.Form]:
    class Terms(forms.Form):
        days = forms.IntegerField(label="Days to pay", required=False, min_value=0, max_value=365)
        limit = fields.amount("Credit limit", help_text="In the company's own currency.")
        is_prepaid = forms.BooleanField(label="Future orders paid in advance", required=False)
        on = fields.day("From", help_text="Nothing written means today.")
        until = fields.day("Until", help_text="The last day they hold.")
        reason = fields.line("Why", required=True)

        def clean(self) -> dict[str, Any]:
            said: dict[str, Any] = super().clean() or {}
            if not said.get("is_prepaid") and all(said.get(x) is None for x in ("days", "limit")):
                self.add_error(None, "Say what changes: days, limit or payment in advance.")
            return said

    return company.asked(desk, Terms)


def _do_terms(desk: Desk, said: Mapping[str, Any]) -> Done:
    made = terms.open_terms(
        desk.scope, desk.customer, days=said["days"], limit=said["limit"],
        is_prepaid=said["is_prepaid"], entity=company.of(said), on=said["on"] or desk.today,
        until=said["until"], reason=said["reason"], as_of=desk.today, now=desk.now,
    )  # fmt: skip
    return Done("Other terms proposed; they wait for approval.", ("terms", str(made["id"])))


def _undo_terms(desk: Desk, made: str) -> Done:
    terms.close(desk.scope, int(made), reason=_WITHDRAWN, on=desk.today, now=desk.now)
    return Done("The terms are withdrawn.")


VERBS = (
    Verb("suspension", "Suspend service", "Propose the suspension", "measure", more=True,
         form=_form, do=_do("suspension"), undo=_undo("suspension")),
    Verb("credit-hold", "Credit hold", "Propose the credit hold", "measure", more=True,
         form=_form, do=_do("credit_hold"), undo=_undo("credit_hold")),
    Verb("terms", "Other terms", "Propose the terms", "measure", more=True,
         form=_terms, do=_do_terms, undo=_undo_terms),
)  # fmt: skip
