"""What a customer can say, as plain forms: made for one account, in one language.

Choices come from the account itself, so a form can name nothing else; the desk checks it again.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from dunwell.core import disputes
from dunwell.desk import guest, owing, plan, upload
from dunwell.portal.tongue import Tongue

KEY = re.compile(r"[A-Za-z0-9_-]{16,40}")
NEW = 0


class Form(forms.Form):
    """A form sent once: its key makes the same form the same request, however often it comes."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    template_name_label = ""

    def clean_key(self) -> str:
        """Take only what this page made."""
        found = str(self.cleaned_data["key"])
        if not KEY.fullmatch(found):
            raise forms.ValidationError("key")
        return found


def new_key() -> str:
    """Return a key for a form."""
    return secrets.token_urlsafe(18)


def promise(
    say: Tongue, found: owing.Account, *, days: int, more: int, today: dt.date
) -> type[Form]:
    """Return the form of a promise to pay."""

    class Promise(Form):
        until = _day(
            say, "until", first=today, last=today + dt.timedelta(days=more),
            help_text=say.say("until_hint", days=days, more=more),
        )  # fmt: skip
        currency = _currency(say, found)
        items = _items(say, found, "which", help_text=say.say("which_promise"))
        amount = _amount(say, "amount", "amount_promise")
        note = _words(say, "note")

    return Promise


def dispute(say: Tongue, found: owing.Account) -> type[Form]:
    """Return the form of a dispute, with a file perhaps."""

    class Dispute(Form):
        items = _items(say, found, "which", required=True)
        code = forms.ChoiceField(
            label=say.say("code"),
            choices=[("", "\N{HORIZONTAL ELLIPSIS}")]
            + [(c, say.say(f"codes.{c}")) for c in disputes.CODES],
            error_messages={"required": say.error("required")},
        )
        amount = _amount(say, "part", "part_hint")
        note = _words(say, "what", rows=4)
        file = forms.FileField(
            label=say.say("file"), required=False, help_text=say.say("file_hint"),
            error_messages={"empty": say.error("empty_file")}, max_length=500,
            widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        )  # fmt: skip

    return Dispute


def file_of(sent: UploadedFile[bytes] | None) -> upload.Upload | None:
    """Return the file that was sent, read no further than it may be large. Raises: Refused."""
    if sent is None:
        return None
    return upload.check(sent.name or "", sent.read(upload.LARGEST + 1))


def instalments(say: Tongue, offered: list[plan.Offered]) -> type[Form]:
    """Return the form of a plan: what the policy offers, by currency where there are several."""
    most = max(o.instalments_max for o in offered)
    first = offered[0]

    class Plan(Form):
        currency = _choice_of(say, [o.currency for o in offered])
        instalments = forms.TypedChoiceField(
            label=say.say("instalments"), coerce=int,
            choices=[(n, _parts(say, n, first, is_only=len(offered) == 1))
                     for n in range(2, most + 1)],
        )  # fmt: skip
        first_on = _day(
            say, "first_on", last=first.first_by, required=False,
            help_text=say.say("first_hint", on=say.date(first.first_by)),
        )  # fmt: skip
        note = _words(say, "note")

    return Plan


def _parts(say: Tongue, n: int, one: plan.Offered, *, is_only: bool) -> str:
    amount = say.money(-(-one.minor // n), one.currency)
    return say.say("instalments_of", n=n, amount=amount) if is_only else str(n)


def question(say: Tongue) -> type[Form]:
    """Return the form of a question."""

    class Question(Form):
        question = _words(say, "question", rows=5, required=True)
        name = _line(say, "your_name", autocomplete="name")

    return Question


def contact(say: Tongue, known: list[guest.Contact]) -> type[Form]:
    """Return the form that corrects a contact."""
    people = [(str(c.id), _person(say, c)) for c in known]

    class Contact(Form):
        contact = forms.TypedChoiceField(
            label=say.say("contact"), coerce=int,
            choices=[*people, (str(NEW), say.say("contact_new"))],
        )  # fmt: skip
        wrong = forms.ChoiceField(
            label=say.say("wrong"),
            choices=[(k, say.say(f"wrongs.{k}")) for k in ("other", "gone", "new")],
        )
        name = _line(say, "new_name")
        email = forms.EmailField(
            label=say.say("email"), required=False, max_length=200,
            widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        )  # fmt: skip
        phone = _line(say, "phone", kind="tel")
        note = _words(say, "note")

    return Contact


def _person(say: Tongue, one: guest.Contact) -> str:
    role = say.phrases["roles"].get(one.role, one.role)
    return " · ".join(x for x in (one.name, role, one.address) if x)


def _day(
    say: Tongue,
    label: str,
    *,
    last: dt.date,
    first: dt.date | None = None,
    required: bool = True,
    help_text: str = "",
) -> forms.DateField:
    limits = {"type": "date", "max": last.isoformat()}
    if first is not None:
        limits["min"] = first.isoformat()
    return forms.DateField(
        label=say.say(label), required=required, help_text=help_text,
        input_formats=["%Y-%m-%d"], error_messages={"required": say.error("required")},
        widget=forms.DateInput(attrs=limits, format="%Y-%m-%d"),
    )  # fmt: skip


def _amount(say: Tongue, label: str, hint: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=say.say(label), required=False, min_value=0, max_digits=15, decimal_places=3,
        help_text=say.say(hint),
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "min": "0"}),
    )  # fmt: skip


def _words(say: Tongue, label: str, *, rows: int = 2, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=say.say(label), required=required, max_length=4000,
        error_messages={"required": say.error("note_missing")},
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


def _line(say: Tongue, label: str, *, autocomplete: str = "off", kind: str = "text") -> Any:
    return forms.CharField(
        label=say.say(label), required=False, max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": autocomplete, "type": kind}),
    )  # fmt: skip


def _items(
    say: Tongue,
    found: owing.Account,
    label: str,
    *,
    required: bool = False,
    help_text: str = "",
) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=say.say(label), required=required, coerce=int, help_text=help_text,
        error_messages={"required": say.error("which_item")},
        choices=[(x.id, _item(say, x)) for x in found.lines],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


def _item(say: Tongue, x: owing.Line) -> str:
    owed = say.money(x.open_minor, x.currency)
    return f"{x.label} · {owed} · {say.say('due', on=say.short(x.due_on))}"


def _currency(say: Tongue, found: owing.Account) -> forms.ChoiceField:
    return _choice_of(say, sorted({x.currency for x in found.lines}))


def _choice_of(say: Tongue, codes: list[str]) -> forms.ChoiceField:
    """Return a choice of currency, not shown where there is only one."""
    hidden = forms.HiddenInput() if len(codes) == 1 else forms.Select()
    return forms.ChoiceField(
        label=say.say("currency"), choices=[(c, c) for c in codes], widget=hidden,
        initial=codes[0] if codes else "",
    )  # fmt: skip
