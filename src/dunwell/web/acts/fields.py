"""Fields that many verbs share: days, amounts, the customer's open items."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django import forms

from dunwell.core import money
from dunwell.desk import view
from dunwell.web import words as words_
from dunwell.web.acts import Desk

T = TypeVar("T", bound=forms.Field)


def day(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label, required=required, help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


def words(
    label: str, *, required: bool = False, rows: int = 2, most: int = 2000
) -> forms.CharField:
    """Return a field for some words."""
    return forms.CharField(
        label=label, required=required, max_length=most, widget=forms.Textarea(attrs={"rows": rows})
    )


def line(label: str, *, required: bool = False, help_text: str = "") -> forms.CharField:
    """Return a field for one line."""
    return forms.CharField(label=label, required=required, max_length=200, help_text=help_text)


def amount(label: str = "Amount", *, required: bool = False, help_text: str = "") -> Any:
    """Return a field for an amount in the item's currency."""
    return forms.DecimalField(
        label=label, required=required, min_value=0, max_digits=15, decimal_places=3,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )  # fmt: skip


def items(
    desk: Desk, label: str = "Items", *, help_text: str = "", required: bool = False
) -> forms.MultipleChoiceField:
    """Return a field with the customer's open items, none chosen meaning all.

    Many of them lie folded away (`folded`), so that they are not in the way of every form.
    """
    choices = open_items(desk)
    made = forms.MultipleChoiceField(
        label=label, required=required, choices=choices, help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    made.folded = len(choices) if len(choices) > FEW else 0  # type: ignore[attr-defined]
    return made


FEW = 6
"""So many items stand open in a form; more are folded away."""


def only(made: T, *when: str, is_needed: bool = False) -> T:
    """Return a field that is asked for only where one of these was chosen before it."""
    made.when, made.is_needed = " ".join(when), is_needed  # type: ignore[attr-defined]
    return made


def open_items(desk: Desk) -> list[tuple[str, str]]:
    """Return the customer's open items as (number, words), the oldest first."""
    found = view.picture(desk.scope, desk.customer, as_of=desk.today)[1]["items"]
    return [
        (
            i["number"],
            f"{i['number']} · {money.text(i['open_minor'], i['currency'])}{_late(i, desk)}",
        )
        for i in found
        if i["kind"] != "credit_note"
    ]


def _late(item: dict[str, Any], desk: Desk) -> str:
    days, due_on = item["days_overdue"], item["due_on"]
    if not days:
        is_day = isinstance(due_on, dt.date)
        return f" · due {words_.short_day(due_on, seen_on=desk.today)}" if is_day else ""
    return f" · {days} day{'s' if days != 1 else ''} late"
