"""The journal in the browser: who did what when, whether the chain holds, why on that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from dunwell.core import money
from dunwell.desk import diary, today, trail
from dunwell.web import acts, doing, marks, read, views, words

Refs = Mapping[str, Any]


class Line(NamedTuple):
    """One event in words, with whom it is about and the page that shows more.

    What the machine did by itself is the machine's; `starter` is who had it do its work.
    """

    id: int
    at: dt.datetime
    actor: str
    said: str
    customers: list[tuple[str, str]]
    more: int
    href: str
    door: str
    starter: str = ""


@views._page
def journal(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show the events, newest first, narrowed down by customer, person, verb or day."""
    doing.may(request, "journal")
    asked = {k: request.GET.get(k, "").strip() for k in ("customer", "actor", "verb", "day")}
    if asked["verb"] and asked["verb"] not in SAYS:
        raise Http404
    before = request.GET.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) < 19
    found = diary.read(
        desk.scope, customer=asked["customer"], actor=asked["actor"], verb=asked["verb"],
        day=_day(asked["day"]), before=int(before) if is_number else None,
    )  # fmt: skip
    lines = [_line(e) for e in found.entries]
    older = ""
    if found.before is not None:
        older = marks.href(["journal"], asked | {"before": str(found.before)}, as_of=None)
    reference = asked["customer"]
    names = today.names(desk.scope, [reference]) if reference else {}
    return views.page(
        request, "journal.html", "Journal",
        lines=lines, asked=asked, older=older, is_later=bool(before), scanned=found.scanned,
        chain=diary.chain(desk.scope), people=diary.people(desk.scope),
        verbs=sorted((words.plain(v), v) for v in SAYS), name=names.get(reference, reference),
        narrowed=any(asked.values()),
    )  # fmt: skip


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise read.BadDay(f"{text[:20]!r} is no day") from None


@views._page
def verify(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Recompute the whole chain, and say whether it holds."""
    doing.may(request, "journal")
    if request.method != "POST":
        raise Http404
    found = trail.verify(desk.scope)
    said = "The chain holds" if found.ok else f"The chain is broken: {found.problem}"
    done = acts.Done(
        f"{said}; {found.events:,} events under {found.seals:,} seals were checked, "
        f"{found.unsealed:,} are not sealed yet."
    )
    return doing.answer(request, done, back="/journal")


@views._page
def why(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Open the page of a customer on a past day: what was decided then, and why."""
    reference, day = (request.GET.get(k, "").strip() for k in ("customer", "day"))
    _day(day)
    on = {"as_of": day} if day else {}
    return HttpResponseRedirect(marks.href(["customers", reference], on, as_of=None))


def _line(e: diary.Entry) -> Line:
    refs = e.told | e.event.refs
    say = SAYS.get(e.event.verb)
    said = words.plain(e.event.verb) if say is None else say if isinstance(say, str) else say(refs)
    href, door = _door(e, refs)
    actor, starter = words.person(e.event.actor), ""
    if e.event.verb in BY_ITSELF:
        actor, starter = "Dunwell", actor
    return Line(e.event.id, e.at, actor, said, e.customers, e.more, href, door, starter)


def _door(e: diary.Entry, refs: Refs) -> tuple[str, str]:
    """Return the page that shows more of an event, and what it is called."""
    if isinstance(refs.get("action"), int):
        return marks.href(["sent", str(refs["action"])], {}, as_of=None), "open it"
    if e.question:
        return marks.href(["approvals", e.question], {}, as_of=None), "the question"
    if isinstance(refs.get("proposal"), int):
        return marks.href(["proposal", str(refs["proposal"])], {}, as_of=None), "the proposal"
    return "", ""


def _word(refs: Refs, name: str) -> str:
    return words.plain(str(refs.get(name) or ""))


def _n(refs: Refs, name: str, one: str, many: str = "") -> str:
    found = refs.get(name)
    n = len(found) if isinstance(found, list) else int(found or 0)
    return words.count(n, one, many)


def _decisions(refs: Refs) -> str:
    n = sum(last - first + 1 for first, last in refs.get("decisions", ()))
    return f"recorded {words.count(n, 'decision')} for {refs.get('as_of')}"


def _tasks(refs: Refs) -> str:
    kinds = sorted({words.plain(kind) for kind, _ in refs.get("tasks", ())})
    return f"put {_n(refs, 'tasks', 'task')} before people: {', '.join(kinds)}"


def _message(refs: Refs) -> str:
    step = _word(refs, "step")
    channel = words.CHANNELS.get(str(refs.get("channel", "")), "")
    said = f"the {step}" if step else "a message"
    return f"{said} by {channel}" if channel else said


def _measure(refs: Refs) -> str:
    kind = _word(refs, "kind")
    return "changed terms" if kind == "terms" else f"the {kind}" if kind else "a measure"


def _claims(refs: Refs) -> str:
    return f"claimed interest or compensation, {_n(refs, 'claims', 'claim')}"


def _promise(refs: Refs) -> str:
    minor = sum(m for _, m in refs.get("items", ()) if isinstance(m, int))
    amount = money.text(minor, refs["currency"]) if refs.get("currency") and minor else "a payment"
    return f"noted a promise of {amount} by {refs.get('by')}"


Say = str | Callable[[Refs], str]
SAYS: dict[str, Say] = {
    "entity_created": lambda r: f"set up the company {r.get('code')}",
    "letterhead_changed": lambda r: f"changed the letterhead of {r.get('code')}",
    "user_roles": lambda r: f"gave a user roles: {', '.join(map(words.plain, r.get('roles', [])))}",
    "role_taken": lambda r: f"took a role from a user: {_word(r, 'role')}",
    "user_invited": "invited a user",
    "password_set": "a user chose a password",
    "second_factor": lambda r: f"turned a second factor {'on' if r.get('on') else 'off'}",
    "signed_in": "signed in",
    "sign_in_failed": lambda r: f"failed to sign in, try {r.get('n')}",
    "channel_tested": lambda r: (
        f"tried the way out by {_word(r, 'channel')}: {_word(r, 'outcome')}"
    ),
    "link_made": "made a link for the customer",
    "link_revoked": "revoked a customer's link",
    "feeds_required": lambda r: f"asked for fresh {', '.join(r.get('feeds', [])) or 'nothing'}",
    "policy_published": lambda r: f"published {r.get('policy')} v{r.get('version')}",
    "policy_assigned": lambda r: f"gave a company the policy {r.get('policy')}",
    "imported": lambda r: f"took a block of a file in: {_word(r, 'kind')}",
    "personal_changed": "replaced names or addresses",
    "words_kept": "kept what somebody wrote",
    "evidence_made": lambda r: f"made an evidence file as of {r.get('as_of')}",
    "erased": "erased personal data",
    "run": lambda r: f"looked at {r.get('as_of')}",
    "decided": _decisions,
    "proposal_saved": lambda r: f"kept a proposal for {r.get('as_of')}",
    "proposal_released": "released a proposal",
    "sending_paused": "paused the sending of a proposal",
    "sending_resumed": "went on sending a proposal",
    "sending_stopped": lambda r: f"could not go on sending a proposal: {_word(r, 'why')}",
    "asked": lambda r: f"asked the {_word(r, 'role')}: {_word(r, 'what')}",
    "approved": lambda r: f"approved: {_word(r, 'what')}",
    "refused": lambda r: f"refused: {_word(r, 'what')}",
    "answer_taken_back": lambda r: f"took an answer back: {_word(r, 'what')}",
    "tasks_opened": _tasks,
    "tasks_ended": lambda r: f"ended {_n(r, 'tasks', 'task')}: {_word(r, 'outcome')}",
    "tasks_given": lambda r: f"gave {_n(r, 'tasks', 'task')} to {r.get('to')}",
    "tasks_escalated": lambda r: f"put {_n(r, 'tasks', 'late task')} before {r.get('to')}",
    "outcome_chosen": lambda r: f"chose what follows the end: {_word(r, 'outcome')}",
    "printed": lambda r: f"printed {_n(r, 'actions', 'letter')}",
    "print_taken_back": lambda r: f"took {_n(r, 'actions', 'letter')} out of a print run",
    "called": lambda r: f"called: {_word(r, 'outcome')}",
    "call_withdrawn": "took back a call logged in error",
    "noted": "wrote a note",
    "note_withdrawn": "took back a note",
    "alert_opened": lambda r: f"watches {_word(r, 'on_what')} {r.get('threshold')}",
    "alert_closed": "watches a threshold no more",
    "alert_crossed": lambda r: f"found {_n(r, 'crossed', 'customer')} beyond a threshold",
    "checklist_marked": lambda r: f"checklist, {_word(r, 'row')}: {_word(r, 'state')}",
    "handed_over": lambda r: f"handed debts over: {_word(r, 'kind')}",
    "placement_payment": "saw a payment on what was handed over",
    "exported": "wrote the files of a hand-over",
    "taken_back": "took back what nobody got, or what was handed over",
    "written_off": "wrote a debt off",
    "write_off_reversed": "reversed a write-off",
    "write_off_paid": "saw a payment on what was written off",
    "insolvency_opened": "entered an insolvency",
    "claim_filed": "filed a proof of claim",
    "insolvency_closed": "ended the stop of an insolvency",
    "stop_opened": lambda r: (
        f"opened a stop: {words.STOPS.get(r.get('kind', ''), _word(r, 'kind'))}"
    ),
    "stop_closed": "ended a stop",
    "path_opened": lambda r: (
        f"moved a case to another path: {_word(r, 'segment' if r.get('segment') else 'cadence')}"
    ),
    "path_closed": "gave a case its own path back",
    "law_row_added": lambda r: f"added a row of law: {_word(r, 'rule')} {r.get('value')}",
    "claims_posted": _claims,
    "claim_waived": "waived a claim",
    "dispute_opened": lambda r: f"opened a dispute: {_word(r, 'code')}",
    "dispute_decided": lambda r: f"settled a dispute: {_word(r, 'outcome')}",
    "dispute_ended": lambda r: f"ended a dispute: {_word(r, 'why')}",
    "dispute_withdrawn": "took back a dispute opened in error",
    "dispute_escalated": lambda r: f"put a late dispute before {r.get('to')}",
    "promise_opened": _promise,
    "promise_kept": "found a promise kept",
    "promise_partly_kept": "found a promise kept in part",
    "promise_broken": "found a promise broken",
    "promise_open_again": "opened a promise again: what had kept it was taken back",
    "promise_withdrawn": "withdrew a promise",
    "plan_opened": "proposed a payment plan",
    "plan_kept": "found a plan kept",
    "plan_in_default": "found an instalment missed",
    "plan_running_again": "let a plan run again",
    "plan_withdrawn": "withdrew a plan",
    "measure_proposed": lambda r: f"proposed: {_word(r, 'kind')}",
    "measure_approved": lambda r: f"set going: {_word(r, 'kind')}",
    "measure_in_force": lambda r: f"confirmed that {_measure(r)} holds",
    "measure_lifting": lambda r: f"had {_measure(r)} lifted: {_word(r, 'why')}",
    "measure_lifted": lambda r: f"confirmed that {_measure(r)} is lifted",
    "terms_changed": "changed terms",
    "terms_in_ledger": "confirmed that the ledger has the terms",
    "terms_released": "let the customer be told of the terms",
    "terms_ended": "ended changed terms",
    "hook_added": lambda r: f"tells another system from now on: {r.get('name')}",
    "hook_closed": lambda r: f"tells another system nothing more: {r.get('name')}",
    "hook_answered": lambda r: f"told another system of {r.get('event')}: {_word(r, 'state')}",
    "sent": lambda r: f"sent {_message(r)}",
    "failed": lambda r: f"could not deliver {_message(r)}",
    "deferred": lambda r: f"tries {_message(r)} again later",
    "received": lambda r: f"took in what came: {_word(r, 'kind')}",
    "reply_closed": lambda r: f"read a reply: {_word(r, 'outcome')}",
    "route_ended": lambda r: f"ended a way to a contact, {_word(r, 'channel')}: {_word(r, 'why')}",
    "route_restored": lambda r: f"a way to a contact is in use again: {_word(r, 'channel')}",
    "ceased": lambda r: f"kept that somebody wants no more by {_word(r, 'channel')}",
    "cancelled": lambda r: f"took {_message(r)} back before it went: {_word(r, 'why')}",
    "delivery_unknown": lambda r: f"does not know whether {_message(r)} arrived",
}
"""Each verb of the journal, as it is said after the name of who did it."""

BY_ITSELF = frozenset({
    "run", "decided", "sent", "failed", "deferred", "delivery_unknown", "tasks_escalated",
    "dispute_escalated", "alert_crossed", "promise_kept", "promise_partly_kept", "promise_broken",
    "promise_open_again", "plan_kept", "plan_in_default", "plan_running_again", "measure_lifting",
    "placement_payment", "write_off_paid", "hook_answered", "sending_stopped",
})  # fmt: skip
"""What the machine does by itself, whoever set it going."""
