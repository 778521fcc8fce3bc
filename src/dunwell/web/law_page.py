"""The law this desk goes by: dated rows with their sources, and one more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from dunwell.core import law as rules
from dunwell.core.errors import Refused
from dunwell.desk import installed, law
from dunwell.web import doing, read, setting_pages, views, words
from dunwell.web.acts import fields


class _Row(forms.Form):
    jurisdiction = fields.line("Country", required=True, help_text="Its code, such as DE, or EU.")
    rule = forms.ChoiceField(
        label="Rule", choices=[(r, f"{words.titled(r)}: {said}") for r, said in rules.RULES.items()]
    )
    value = fields.line("Value", required=True, help_text="Such as 1.27.")
    first = fields.day("From", required=True)
    last = fields.day(
        "To", help_text="Its last day; nothing written means none, or a reference rate's half-year."
    )
    source = fields.line("Source", required=True, help_text="Where anybody can look it up.")
    debtor = forms.ChoiceField(
        label="About debts of", choices=[(d, words.plain(d)) for d in law.DEBTORS]
    )
    creditor = forms.ChoiceField(
        label="Binds", choices=[(c, words.plain(c)) for c in law.CREDITORS],
        help_text="First party: who is owed. Third party: who collects for others.",
    )  # fmt: skip


@views._page
def rows(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show the rows of law that hold on a day, or all of them, and add one."""
    doing.may(request, "settings")
    form = _Row(request.POST or None)

    def add(said: Mapping[str, Any], now: dt.datetime) -> str:
        _, row = law.add(
            desk.scope, jurisdiction=said["jurisdiction"], rule=said["rule"], value=said["value"],
            first=said["first"], last=said["last"], source=said["source"],
            debtor_type=said["debtor"], creditor_role=said["creditor"], now=now,
        )  # fmt: skip
        return f"Added: {words.plain(row.rule)} of {row.jurisdiction} is {row.value}."

    outcome = setting_pages._posted(request, desk, form, add, back="/settings/law")
    if isinstance(outcome, HttpResponse):
        return outcome
    country, rule, is_all = (request.GET.get(x, "") for x in ("country", "rule", "all"))
    try:
        found = law.listed(
            desk.scope, jurisdiction=country or None, rule=rule or None,
            on=None if is_all else desk.today,
        )  # fmt: skip
        wrong = ""
    except Refused as error:
        found, wrong = [], doing.said_of(error)
    return setting_pages._show(
        request, "law", "settings_law.html", status=outcome, form=form, wrong=wrong,
        rows=views.paged(request, found), n=len(found), own=sum(r["is_own"] for r in found),
        pages=views.pages(request, len(found)), country=country, rule=rule, is_all=is_all,
        rules=[(r, words.titled(r)) for r in rules.RULES],
        countries=sorted({r.jurisdiction for r in law.of(desk.scope).rows}),
        ours=sorted({c.country for c in installed.companies(desk.scope) if c.country}),
    )  # fmt: skip
