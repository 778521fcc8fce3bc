"""What the columns of a file mean, picked on a form: proposals are shown, never taken in silence.

`columns` is the page; `_keep` puts what the form says into a mapping, `_gaps` says what is still
to be chosen, with examples from the file itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, QueryDict

from dunwell import intake
from dunwell.core.errors import Refused
from dunwell.desk import arrival, mappings
from dunwell.intake import kinds
from dunwell.intake.outline import WORDS_MAX, Column, Question, Words
from dunwell.web import doing, importing, read, views, words

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-15", "windows-1250", "utf-16", "cp850")
_ELSEWHERE = ("sheet", "delimiter", "encoding", "heading_line")
"""What is said about the file as a whole: with another of these its columns are others."""
_KEPT = ("thousands", "yes", "no", "skip_lines")
"""What a mapping made elsewhere may say that this form does not ask about."""
_NEGATIVE = {
    "items": ("credit_note", "credit notes"), "payments": ("reversal", "payments taken back"),
}  # fmt: skip
"""What an amount below zero can stand for."""


class Picked(NamedTuple):
    """One column on the form: how it is written, what must be asked, its words and theirs."""

    column: Column
    how: str
    question: Question | None
    words: Words | None


@views._page
def columns(request: HttpRequest, desk: read.Desk, token: str) -> HttpResponse:
    """Pick what each column means; then try it."""
    doing.may(request, "import")
    place = importing.place(desk)
    made = arrival.read(place, token)
    if made.state == "taken":
        return importing.to(token)
    wrong: list[str] = []
    if request.method == "POST":
        wrong = _keep(place, made, request.POST, desk.today)
        if not wrong and request.POST.get("do") == "try":
            wrong = _gaps(arrival.outline(place, made))
            if not wrong:
                return importing.started(request, place, token, arrival.TRY)
        made = arrival.read(place, token)
    found = arrival.outline(place, made)
    kind = kinds.ALL[found.kind]
    entities = desk.entities()
    return views.page(
        request, "import_columns.html", "What the columns mean",
        status=422 if wrong else 200, a=made, o=found, wrong=wrong,
        picked=[_of_column(found, c) for c in found.columns],
        fields=[(f, words.plain(f), f in kind.required) for f in kind.columns],
        kinds=[(k.name, k.name) for k in kinds.ALL.values()],
        entities=entities if "entity" in kind.columns else {},
        has_currency="currency" in kind.columns and "currency" in _unpicked(found),
        has_entity="entity" in _unpicked(found),
        delimiter=DELIMITERS.get(found.delimiter, ""), delimiters=list(DELIMITERS.values()),
        encodings=ENCODINGS, kept=mappings.listed(desk.scope, place.home),
        negative=_NEGATIVE.get(found.kind, ("", ""))[1],
        ignored=", ".join(made.said.get("ignore_rows", [])),
        constants=made.said.get("constants", {}), open_n=len(found.open_questions),
        guessed=sum(c.is_proposed for c in found.columns),
    )  # fmt: skip


def _of_column(found: intake.Outline, column: Column) -> Picked:
    question = next((q for q in found.dates if q.field == column.field), None)
    asked = next((w for w in found.words if w.field == column.field), None)
    how = question.found if question else ""
    return Picked(column, how.partition(": ")[2] or how, question, asked)


def _unpicked(found: intake.Outline) -> list[str]:
    taken = {c.field for c in found.columns}
    return [f for f in kinds.ALL[found.kind].columns if f not in taken]


def _gaps(found: intake.Outline) -> list[str]:
    """Say what is missing before a file can be tried."""
    said = [f"No column is picked for {words.plain(f)}; it is needed." for f in found.missing]
    said += [
        f"Say how {q.heading} is written: {q.example} can be read in two ways."
        for q in found.open_questions
    ]
    return said


def _keep(
    place: arrival.Place, made: arrival.Arrival, post: QueryDict, today: dt.date
) -> list[str]:
    """Keep what was said on the form; return what cannot be."""
    if name := post.get("apply", ""):
        for kept in mappings.listed(place.scope, place.home):
            if kept.name == name:
                importing.apply(made, kept)
                return _tried(lambda: arrival.say(place, made))
        return [f"No mapping is kept as {name[:60]!r} any more."]
    wrong: list[str] = []
    kind = post.get("kind", "") if post.get("kind", "") in kinds.ALL else made.kind
    whole = {k: v for k in _ELSEWHERE if (v := post.get(k, "").strip())}
    is_other = kind != made.kind or any(
        whole.get(k, "") != str(made.said.get(k, "")) for k in _ELSEWHERE
    )
    if is_other:
        made.said, made.kept_as, made.kind = {**whole}, "", kind
        if wrong := _tried(lambda: arrival.outline(place, made)):
            return wrong  # and what was said before stays
    else:
        made.said, wrong = _said(arrival.outline(place, made), made.said, post)
    made.is_full = bool(post.get("is_full")) and kind == "items"
    wrong += _day(made, post.get("as_of", ""), today)
    wrong += _tried(lambda: arrival.say(place, made))
    name = " ".join(post.get("name", "").split())
    if name and not wrong and post.get("do") == "try":
        made.kept_as = name
        wrong += _tried(
            lambda: mappings.keep(place.scope, place.home, name, arrival.mapping_of(made))
        )
        arrival.say(place, made)
    return wrong


def _tried(work: Callable[[], object]) -> list[str]:
    try:
        work()
    except Refused as error:
        return [doing.said_of(error)]
    return []


def _day(made: arrival.Arrival, text: str, today: dt.date) -> list[str]:
    if not text:
        return []
    try:
        made.as_of = read._day(text, today)
    except read.BadDay as error:
        return [f"The day the file speaks for: {error}."]
    return []


def _said(
    found: intake.Outline, before: dict[str, Any], post: QueryDict
) -> tuple[dict[str, Any], list[str]]:
    """Return what the form says about the columns, as a mapping says it, and what is wrong."""
    names, wrong = kinds.ALL[found.kind].columns, []
    picked: dict[str, str] = {}
    for c in found.columns:
        field = post.get(f"column-{c.at}", "")
        if field not in names:
            continue
        if field in picked:
            both = f"{picked[field]} and {c.heading}"
            wrong.append(f"Two columns are picked for {words.plain(field)}: {both}.")
        picked[field] = c.heading
    said = {k: v for k, v in before.items() if k in _ELSEWHERE or k in _KEPT}
    said["columns"] = picked
    said["ignore_columns"] = [
        c.heading for c in found.columns if c.heading and c.heading not in picked.values()
    ]
    given = {k: post.get(f"constant-{k}", "").strip() for k in ("entity", "currency")}
    constants = before.get("constants", {}) | given
    said["constants"] = {k: v for k, v in constants.items() if v and k in names and k not in picked}
    dates = {f: post.get(f"date-{f}", "") for f in picked}
    said["dates"] = {f: style for f, style in dates.items() if style}
    said["decimal"] = post.get("decimal", "")
    said["values"] = _values(before.get("values", {}), picked, post)
    if post.get("is_negative"):
        said["negative"] = _NEGATIVE.get(found.kind, ("", ""))[0]
    said["sign"] = "reversed" if post.get("is_reversed") else ""
    said["ignore_rows"] = [w for t in post.get("ignore_rows", "").split(",") if (w := t.strip())]
    return {k: v for k, v in said.items() if v}, wrong


def _values(
    before: dict[str, dict[str, str]], picked: Iterable[str], post: QueryDict
) -> dict[str, dict[str, str]]:
    """Return what foreign words mean: what the form says, and what it did not ask about."""
    out = {f: dict(known) for f, known in before.items() if f in picked}
    for field in picked:
        for n in range(WORDS_MAX):
            foreign, ours = post.get(f"foreign-{field}-{n}", ""), post.get(f"word-{field}-{n}", "")
            if foreign and ours:
                out.setdefault(field, {})[foreign] = ours
            elif foreign:
                out.get(field, {}).pop(foreign, None)
    return {f: known for f, known in out.items() if known}
