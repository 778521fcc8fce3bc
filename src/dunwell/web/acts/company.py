"""Toward which company: asked only where a customer has to do with several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dunwell.desk import folder
from dunwell.web.acts import Desk


def asked(desk: Desk, kind: type[forms.Form]) -> type[forms.Form]:
    """Return the form with a choice of companies where there is one to be made."""
    found = folder.entities_of(desk.scope, desk.customer)
    if len(found) < 2:
        return kind
    field = forms.ChoiceField(
        label="Toward which company", choices=[(code, name or code) for code, name in found]
    )
    made: type[forms.Form] = type(kind.__name__, (kind,), {"entity": field})
    return made


def of(said: Mapping[str, Any]) -> str | None:
    """Return the company that was chosen, or None where there is but one."""
    return said.get("entity") or None
