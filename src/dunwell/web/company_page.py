"""Companies in the browser: adding one, and what its messages say of it: its letterhead.

Must not know: what a valid account or address is (`desk.letterhead`), or how a company is kept.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core import validators
from django.http import Http404, HttpRequest, HttpResponse

from dunwell.core import money
from dunwell.desk import found, installed, letterhead
from dunwell.web import read, setting_pages, views, words
from dunwell.web.acts import fields

BACK = "/settings/companies"
_LINES = ("address_lines", "legal_lines")
_WORDS = ("email", "reply_to", "phone", "website")
_ACCOUNT = (
    ("account_name", "holder"), ("iban", "IBAN"), ("bic", "BIC"),
    ("account_number", "number"), ("routing", "sort code or routing number"),
    ("bank_name", "bank"),
)  # fmt: skip
_MOST = 12
"""So many accounts a company may have here; more stand in its file."""


class _Company(forms.Form):
    code = forms.CharField(
        label="Code", max_length=20,
        validators=[validators.RegexValidator(r"^[A-Za-z0-9_-]+$", "Letters, digits, - and _.")],
        help_text="Short, such as DE or MAIN: the column “entity” of its files says it.",
    )  # fmt: skip
    name = fields.line("Name on its messages", required=True)
    country = forms.CharField(
        label="Country",
        min_length=2,
        max_length=2,
        help_text="Two letters, such as DE: whose holidays are its closed days.",
    )
    currency = forms.ChoiceField(label="Reports in", choices=lambda: _currencies())
    time_zone = forms.ChoiceField(label="Time zone", choices=lambda: _zones(), initial="UTC")
    policy = forms.ChoiceField(label="Policy", initial="classic")


def _currencies() -> list[tuple[str, str]]:
    return [(c, c) for c in sorted(money.CURRENCIES)]


def _zones() -> list[tuple[str, str]]:
    return [(z, z) for z in sorted(zoneinfo.available_timezones())]


@views._page
def add(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Add a company."""

    def keep(said: Mapping[str, Any], now: dt.datetime) -> str:
        made = found.NewEntity(
            said["code"], said["currency"], said["time_zone"], said["country"].upper(),
            said["name"], said["policy"],
        )  # fmt: skip
        found.add_entity(desk.scope, made, now=now)
        return f"{made.name} is added. Its letterhead says who writes and where to pay."

    class Company(_Company):
        policy = forms.ChoiceField(
            label="Policy", initial="classic",
            choices=[(p, words.plain(p)) for p in found.built_in()],
            help_text="It can use another one at any time, under Policy.",
        )  # fmt: skip

    return setting_pages._form(
        request, desk, "companies", "Add a company", Company, keep, initial={}, back=BACK
    )


@views._page
def head(request: HttpRequest, desk: read.Desk, code: str) -> HttpResponse:
    """Change what a company's messages say of it: sender, signatories, accounts."""
    if code not in {c.code for c in installed.companies(desk.scope)}:
        raise Http404
    was = letterhead.show(desk.scope, code)

    def keep(said: Mapping[str, Any], now: dt.datetime) -> str:
        made = letterhead.checked(_said(said), of=f"the letterhead of {code}")
        letterhead.keep(desk.scope, code, made, now=now)
        return f"The letterhead of {made.name or code} is kept, for messages from now on."

    return setting_pages._form(
        request, desk, "companies", f"Letterhead of {was['name'] or code}", _kind(was), keep,
        initial=_initial(was), back=BACK,
    )  # fmt: skip


def _kind(was: Mapping[str, Any]) -> type[forms.Form]:
    """Return the form: one account for each that is kept, and one more."""
    made: dict[str, forms.Field] = {
        "name": fields.line("Name", required=True),
        "address_lines": fields.words("Postal address", rows=3),
        "legal_lines": fields.words("Register and tax", rows=2),
        "email": fields.line("Writes from"),
        "reply_to": fields.line(
            "Replies go to", help_text="Nothing written: to where it writes from. {case} in it "
            "comes back with every reply.",
        ),
        "phone": fields.line("Telephone"),
        "website": fields.line("Website"),
    }  # fmt: skip
    for role in letterhead.ROLES:
        made[f"signs_{role}"] = fields.line(f"Signs as {words.plain(role)}")
    choices = [("", "no account"), ("*", "every other currency"), *_currencies()]
    for n in range(min(len(was["bank"]) + 1, _MOST)):
        made[f"currency_{n}"] = forms.ChoiceField(
            label=f"Account {n + 1} takes", choices=choices, required=False
        )
        for field, label in _ACCOUNT:
            made[f"{field}_{n}"] = fields.line(f"Account {n + 1}: {label}")
    return type("Letterhead", (forms.Form,), made)


def _initial(was: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows of a letterhead."""
    said: dict[str, Any] = {"name": was["name"]} | {f: was.get(f, "") for f in _WORDS}
    said |= {f: "\n".join(was.get(f, [])) for f in _LINES}
    said |= {f"signs_{role}": who for role, who in was.get("signatories", {}).items()}
    for n, (currency, account) in enumerate(list(was["bank"].items())[:_MOST]):
        said[f"currency_{n}"] = currency
        said |= {f"{field}_{n}": account.get(field, "") for field, _ in _ACCOUNT}
    return said


def _said(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form says as a letterhead's file would."""
    made: dict[str, Any] = {"name": said["name"]} | {f: said[f] for f in _WORDS}
    made |= {f: [x.strip() for x in said[f].splitlines() if x.strip()] for f in _LINES}
    made["signatories"] = {
        role: said[f"signs_{role}"] for role in letterhead.ROLES if said[f"signs_{role}"]
    }
    bank: dict[str, Any] = {}
    for n in range(_MOST):
        currency = said.get(f"currency_{n}", "")
        account = {field: said.get(f"{field}_{n}", "") for field, _ in _ACCOUNT}
        if currency:
            bank[currency] = {k: v for k, v in account.items() if v}
    made["bank"] = bank
    return made


__all__ = ["add", "head"]
