"""Casework as working lists: disputes, promises, plans, holds, tasks, replies, what was handed off.

One page a noun: what is open first, everything on request; each row opens its customer, and what
can be done about it stands beside it. Settling something asks for what its rule wants, such as
the answer a dispute is decided with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from dunwell.core import disputes, money
from dunwell.desk import (
    access,
    dispute,
    done_there,
    hold,
    inbox,
    insolvency,
    measure,
    placement,
    plan,
    promise,
    task,
    terms,
    upload,
    view,
    write_off,
)
from dunwell.store.lists import changes
from dunwell.web import (
    acts,
    case_lists,
    deeds,
    doing,
    draft_page,
    entry,
    marks,
    read,
    views,
    words,
)
from dunwell.web.acts import fields

Found = dict[str, Any]


class Line(NamedTuple):
    """One row of a list: whose, what about, how much, how it stands, what can be done."""

    id: int
    customer: str
    name: str
    entity: str
    about: str
    amounts: list[tuple[str, int]]
    stands: str
    dates: list[tuple[str, dt.date]]
    note: str
    undo: str
    settle: str
    is_late: bool
    deeds: list[tuple[str, str]]
    orders: list[Found]
    draft: str
    owner: str = ""
    passed_to: str = ""
    overdue: tuple[tuple[str, int], ...] = ()


class Noun(NamedTuple):
    """One list: its title, who may work on it, its rows, and which of them are open.

    `about`, `stands` are words of a row; `dates` are (word, field) pairs; `late` the field of a
    day that has passed where somebody is late. `undo` is the verb that ends a row by a record.
    """

    title: str
    right: str
    empty: str
    rows: Callable[[read.Desk], list[Found]]
    open: Callable[[Found], bool]
    about: Callable[[Found], str]
    dates: tuple[tuple[str, str], ...]
    late: str = ""
    undo: str = ""
    is_settled: bool = False


def _items(row: Found) -> str:
    found = [i["number"] if isinstance(i, dict) else i for i in row.get("items", [])]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(found[:3]) + more or "everything"


def _measures(kind: str) -> Callable[[read.Desk], list[Found]]:
    return lambda desk: measure.listed(desk.scope, kind)


def _terms(desk: read.Desk) -> list[Found]:
    """Return changed terms; the day they begin is a day here."""
    rows = terms.listed(desk.scope)
    return [
        r | {"from_on": dt.date.fromisoformat(r["from_on"]) if r["from_on"] else None} for r in rows
    ]


def _change(row: Found) -> str:
    """Say what changes, and why."""
    limit = row["limit_minor"]
    said = [
        words.count(row["days"], "day") + " to pay" if row["days"] is not None else "",
        f"credit limit {money.text(limit, row['currency'])}" if limit is not None else "",
        "orders paid in advance" if row["prepayment"] else "",
    ]
    return f"{', '.join(filter(None, said)) or 'not said yet'}: {row['reason']}"


def _is_running(row: Found) -> bool:
    return row["state"] in ("proposed", "approved", "sent", "in_force", "lifting")


NOUNS: dict[str, Noun] = {
    "disputes": Noun(
        "Disputes", "dispute", "When a customer objects to an invoice, it stands here until "
        "somebody has answered.",
        lambda d: dispute.listed(d.scope, customer=None, as_of=d.as_of),
        lambda r: not r["outcome"], lambda r: f"{words.plain(r['code'])}: {_items(r)}",
        (("since", "from_on"), ("answer by", "due_on")), late="due_on", is_settled=True,
    ),
    "promises": Noun(
        "Promises", "promise", "What customers promised to pay stands here until its day has "
        "passed.",
        lambda d: promise.listed(d.scope, customer=None, as_of=d.as_of),
        lambda r: r["state"] in ("open", "asked"), _items,
        (("made", "made_on"), ("by", "by_on")), late="last_on", undo="promise",
    ),
    "plans": Noun(
        "Plans", "plan", "Payment plans stand here with what of them is paid.",
        lambda d: plan.listed(d.scope, customer=None, as_of=d.as_of),
        lambda r: r["state"] in ("asked", "running"), _items,
        (("made", "made_on"), ("next", "next_on")), undo="plan",
    ),
    "holds": Noun(
        "Holds", "hold", "Whoever is left alone on our own account stands here, and why.",
        lambda d: [case_lists.run_out(r, d.as_of) for r in hold.listed(d.scope, customer=None)],
        lambda r: r["state"] == "open", lambda r: case_lists.held(r, _items(r)),
        (("from", "from_on"), ("until", "until_on")), undo="hold",
    ),
    "tasks": Noun(
        "Tasks", "task", "What somebody has to do stands here until it is done.",
        lambda d: [*task.listed(d.scope, as_of=d.as_of, state="open")],
        lambda r: r["state"] == "open", case_lists.to_do,
        (("due", "due_on"),), late="due_on", is_settled=True,
    ),
    "replies": Noun(
        "Replies", "reply", "What customers wrote stands here until somebody has read it; "
        "until then they hear nothing.",
        lambda d: inbox.listed(d.scope), lambda r: r["state"] == "unread",
        lambda r: words.plain(r["kind"]), (("came", "received_on"),), is_settled=True,
    ),
    "suspensions": Noun(
        "Suspensions", "measure", "Services suspended, or to be, stand here.",
        _measures("suspension"), _is_running, _items,
        (("proposed", "proposed_on"), ("in force", "in_force_on"), ("lifted", "lifted_on")),
    ),
    "credit-holds": Noun(
        "Credit holds", "measure", "Customers who get no new order on credit stand here.",
        _measures("credit_hold"), _is_running, _items,
        (("proposed", "proposed_on"), ("in force", "in_force_on"), ("lifted", "lifted_on")),
    ),
    "terms": Noun(
        "Terms", "measure", "Customers whose terms we changed, or mean to, stand here, and "
        "whether they were told.",
        _terms, _is_running, _change,
        (("proposed", "proposed_on"), ("from", "from_on"), ("until", "until_on"),
         ("told", "told_on"), ("ended", "lifted_on")),
    ),
    "agency": Noun(
        "Agency", "placement", "What an agency collects for us stands here.",
        lambda d: placement.listed(d.scope, kinds=("agency", "bureau")),
        lambda r: r["state"] == "placed", lambda r: f"{r['partner'] or 'agency'}: {_items(r)}",
        (("placed", "placed_on"), ("recalled", "recalled_on")),
    ),
    "legal": Noun(
        "Legal", "placement", "What a lawyer collects for us stands here.",
        lambda d: placement.listed(d.scope, kinds=("legal",)),
        lambda r: r["state"] == "placed", lambda r: f"{r['partner'] or 'lawyer'}: {_items(r)}",
        (("referred", "placed_on"), ("recalled", "recalled_on")),
    ),
    "write-offs": Noun(
        "Write-offs", "write_off", "What was given up stands here, by whom and why.",
        lambda d: write_off.listed(d.scope), lambda r: r.get("reversed_on") is None,
        lambda r: ": ".join(filter(None, (_items(r), str(r.get("reason", ""))))),
        (("on", "on"), ("reversed", "reversed_on")),
    ),
    "insolvencies": Noun(
        "Insolvencies", "insolvency", "Customers who filed stand here with the deadline of "
        "our claim.",
        lambda d: insolvency.listed(d.scope), lambda r: r.get("closed_on") is None,
        lambda r: words.plain(str(r.get("kind") or "insolvency")),
        (("filed", "filed_on"), ("claim by", "claim_due_on"), ("claimed", "claimed_on"),
         ("closed", "closed_on")), late="claim_due_on",
    ),
}  # fmt: skip
PAGE = 100


@views._page
def overview(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Every list, with how much is open on it."""
    who = entry.person(request)
    lists = []
    for slug, noun in NOUNS.items():
        rows = [r for r in noun.rows(desk) if noun.open(r)]
        late = sum(_is_late(noun, r, desk.as_of) for r in rows)
        lists.append((slug, noun.title, len(rows), late, noun.empty))
    return views.page(
        request, "cases.html", "Cases", lists=lists, n=sum(x[2] for x in lists),
        late=sum(x[3] for x in lists), me=who.name,
    )  # fmt: skip


@views._page
def listed(request: HttpRequest, desk: read.Desk, slug: str) -> HttpResponse:
    """One list: what is open, or all of it."""
    noun, asked = _noun(slug), case_lists.chosen(request)
    found = [
        r for r in noun.rows(desk)
        if asked.customer in ("", r.get("customer"))
        and asked.company in ("", r.get("entity") or "")
    ]  # fmt: skip
    who, whose = entry.person(request), asked.customer
    owners = case_lists.owners(desk, found)
    kept = [r for r in found if asked.all or noun.open(r)]
    mine = [r for r in kept if case_lists.is_mine(r, owners[r["id"]], who.name)]
    late = [r for r in kept if _is_late(noun, r, desk.as_of)]
    rows = case_lists.in_order(
        [r for r in (mine if asked.mine else kept)
         if (not asked.late or _is_late(noun, r, desk.as_of))
         and (not asked.due or _is_due(noun, r, desk.as_of))],
        day=noun.late, is_open=noun.open,
    )  # fmt: skip
    shown = views.paged(request, rows)
    names = desk.names_of({whose, *(r["customer"] for r in shown if r.get("customer"))} - {""})
    overdue = case_lists.owed(desk, shown) if slug == "tasks" else {}
    lines = [
        _line(slug, noun, r, names, who=who, as_of=desk.as_of)._replace(
            owner=owners[r["id"]], passed_to=r.get("escalated_to") or "",
            overdue=tuple(overdue.get(r["id"], ())),
        )
        for r in shown
    ]  # fmt: skip
    return views.page(
        request, "cases_list.html", noun.title,
        slug=slug, noun=noun, lines=lines, n=len(rows), is_all=asked.all, asked=asked,
        rest=sum(not noun.open(r) for r in found), whose=whose, whose_name=names.get(whose, whose),
        late=sum(_is_late(noun, r, desk.as_of) for r in rows), me=who.name,
        tabs=case_lists.tabs(slug, asked, mine=len(mine), late=len(late)),
        pages=views.pages(request, len(rows)), lists=[(s, n.title) for s, n in NOUNS.items()],
    )  # fmt: skip


@views._page
def settle(request: HttpRequest, desk: read.Desk, slug: str, number: int) -> HttpResponse:
    """Settle one: the form its rule asks for, or do it."""
    noun = _noun(slug)
    doing.may(request, noun.right)
    row = next((r for r in noun.rows(desk) if r["id"] == number), None)
    if slug not in _FORMS or row is None:
        raise Http404
    kind, act = _FORMS[slug]
    if slug == "tasks" and row["kind"] == "choose_outcome":
        kind = _Choice
    if slug == "tasks" and row["kind"] == "by_hand":
        kind, act = _ByHand, _settle_by_hand
    now = entry.now(request)
    form = kind(request.POST or None)
    done, status = doing.posted(
        request, desk.scope, form, lambda said: act(desk, number, said, now), now=now, unfit=200
    )
    if done is not None:
        return doing.answer(request, done, back=marks.href(["cases", slug], {}, as_of=None))
    read_out = inbox.shown(desk.scope, number)["words"] if slug == "replies" else ""
    line = _line(slug, noun, row, desk.names(), who=entry.person(request), as_of=desk.as_of)
    return views.page(
        request, "settle.html", noun.title, status=status, slug=slug, noun=noun, line=line,
        form=form, words_=read_out, draft=draft_page.beside(desk, slug, row),
        may_draft=entry.person(request).may("note"),
        has_file=slug == "disputes" and number in upload.with_file(desk.scope),
    )  # fmt: skip


@views._page
def deed(request: HttpRequest, desk: read.Desk, slug: str, number: int, how: str) -> HttpResponse:
    """Do something with one row: the form that says what follows, or do it, or give its file."""
    found, noun = deeds.TABLE.get((slug, how)), _noun(slug)
    if found is None:
        raise Http404
    doing.may(request, found.right)
    row = next((r for r in noun.rows(desk) if r["id"] == number), None)
    if row is None:
        raise Http404
    mark = changes.mark(desk.scope, view.ids_of(desk.scope, [row["customer"]])[0])
    form, now = found.form(request.POST if request.method == "POST" else None), entry.now(request)
    done, status = doing.posted(
        request, desk.scope, form, lambda said: found.do(desk, number, said, now), now=now,
        mark=mark, unfit=200,
    )  # fmt: skip
    if isinstance(done, deeds.File):
        return views._saved(done.content, done.kind, done.name)
    if done is not None:
        return doing.answer(request, done, back=marks.href(["cases", slug], {}, as_of=None))
    line = _line(slug, noun, row, desk.names(), who=entry.person(request), as_of=desk.as_of)
    return views.page(
        request, "deed.html", f"{noun.title}: {found.title.lower()}", status=status, slug=slug,
        noun=noun, line=line, deed=found, form=form, mark=mark,
        about=found.about(desk, number) if found.about else {},
    )  # fmt: skip


class _Dispute(forms.Form):
    outcome = forms.ChoiceField(
        label="Outcome", choices=[(o, words.plain(o)) for o in disputes.OUTCOMES],
        help_text="Upheld stays out until its credit note is posted; rejected stays out seven "
        "days after the answer.",
    )  # fmt: skip
    answer = fields.words("The answer to the customer", required=True, rows=4)
    answered_on = fields.day("Answered on", help_text="Nothing written means today.")
    credit_note = fields.line("Credit note, if there is one")


class _Task(forms.Form):
    outcome = forms.ChoiceField(
        label="What came of it", choices=[
            ("done", "it is done"), ("no_answer", "nobody could be reached"),
            ("passed_on", "somebody else sees to it"), ("not_needed", "it is not needed any more"),
        ],
    )  # fmt: skip
    note = fields.words("Note")


class _Choice(forms.Form):
    outcome = forms.ChoiceField(
        label="What follows", choices=[
            ("agency", "an agency: ask for approval"), ("legal", "our lawyer: ask for approval"),
            ("write_off", "write it off: ask for approval"), ("plan", "offer a plan"),
            ("closed", "close it: leave it alone for good"),
        ],
    )  # fmt: skip
    note = fields.words("Why")


class _ByHand(forms.Form):
    outcome = forms.ChoiceField(
        label="At the other system", choices=[
            ("done", "it is done: what was asked is in force, or over, from today"),
            ("not_done", "it was not done: the task ends, and nothing is confirmed"),
        ],
    )  # fmt: skip
    note = fields.words("Note")


class _Reply(forms.Form):
    outcome = forms.ChoiceField(label="What it came to", choices=[
        ("understood", "understood; nothing more to do"), ("question", "a question, answered"),
        ("promise", "a promise, noted apart"), ("dispute", "a dispute, noted apart"),
        ("plan", "a payment plan, agreed apart"), ("paid", "it is paid, they say"),
        ("wrong_contact", "the wrong person"), ("unrelated", "about something else"),
    ])  # fmt: skip


def _settle_dispute(
    desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime
) -> acts.Done:
    dispute.close_dispute(
        desk.scope, number, outcome=said["outcome"], on=desk.today, now=now,
        answer=said["answer"], answered_on=said["answered_on"],
        credit_note=said["credit_note"],
    )  # fmt: skip
    return acts.Done(f"The dispute is settled: {words.plain(said['outcome'])}.")


def _settle_task(
    desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime
) -> acts.Done:
    task.close_task(
        desk.scope, number, outcome=said["outcome"], note=said["note"], on=desk.today, now=now
    )
    return acts.Done("The task is done.")


def _settle_by_hand(
    desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime
) -> acts.Done:
    if said["outcome"] != "done":
        return _settle_task(desk, number, said, now)
    state = done_there.confirm(desk.scope, number, on=desk.today, now=now)
    return acts.Done(f"Confirmed: it is {words.plain(state)}.")


def _settle_reply(
    desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime
) -> acts.Done:
    inbox.close(desk.scope, number, outcome=said["outcome"], on=desk.today, now=now)
    return acts.Done("The reply is read; the case goes on.")


Act = Callable[[read.Desk, int, Mapping[str, Any], dt.datetime], acts.Done]
_FORMS: dict[str, tuple[type[forms.Form], Act]] = {
    "disputes": (_Dispute, _settle_dispute),
    "tasks": (_Task, _settle_task),
    "replies": (_Reply, _settle_reply),
}


def _noun(slug: str) -> Noun:
    if slug not in NOUNS:
        raise Http404
    return NOUNS[slug]


def _line(
    slug: str, noun: Noun, row: Found, names: dict[str, str], *, who: access.Person, as_of: dt.date
) -> Line:
    is_open, may = noun.open(row), who.may(noun.right)
    amounts = row.get("amounts") or row.get("items") or []
    sums: dict[str, int] = {}
    for a in amounts:
        if isinstance(a, dict) and a.get("amount_minor") and a.get("currency"):
            sums[a["currency"]] = sums.get(a["currency"], 0) + a["amount_minor"]
    if not sums and row.get("amount_minor") and row.get("currency"):
        sums = {row["currency"]: row["amount_minor"]}
    customer = row.get("customer") or ""
    return Line(
        row["id"], customer, names.get(customer, customer), row.get("entity") or "",
        words.here(noun.about(row)), sorted(sums.items()), case_lists.stands(slug, row, as_of),
        [(word, row[f]) for word, f in noun.dates if isinstance(row.get(f), dt.date)],
        case_lists.note_of(slug, row),
        f"/undo/{noun.undo}/{row['id']}" if may and is_open and noun.undo else "",
        marks.href(["cases", slug, str(row["id"]), "settle"], {}, as_of=None)
        if may and is_open and noun.is_settled else "",
        _is_late(noun, row, as_of),
        [(title, marks.href(["cases", slug, str(row["id"]), how], {}, as_of=None))
         for how, title in deeds.of(slug, row, who.may)] + _call(slug, row, who),
        row.get("orders", []), draft_page.door(slug, row) if who.may("note") else "",
    )  # fmt: skip


def _call(slug: str, row: Found, who: access.Person) -> list[tuple[str, str]]:
    """Return where the call is logged that a task asks for."""
    is_call = slug == "tasks" and row["kind"] in case_lists.CALLS and row["state"] == "open"
    if not (is_call and row["customer"] and who.may("call")):
        return []
    return [("Log the call", marks.href(["do", "call", row["customer"]], {}, as_of=None))]


def _is_due(noun: Noun, row: Found, as_of: dt.date) -> bool:
    day = row.get(noun.late) if noun.late else None
    return isinstance(day, dt.date) and day <= as_of and noun.open(row)


def _is_late(noun: Noun, row: Found, as_of: dt.date) -> bool:
    day = row.get(noun.late) if noun.late else None
    return isinstance(day, dt.date) and day < as_of and noun.open(row)
