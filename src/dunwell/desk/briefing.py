"""One page an account manager reads before calling a customer (SEMANTICS 8, vip).

What is owed, what was paid and said, what was promised and is in dispute, what comes next and
why, and what to talk about. It holds names and words of people: it is for one reader.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core import book, money, reasons
from dunwell.core.scope import Scope
from dunwell.desk import by_hand, call, call_queue, note, view
from dunwell.store import models, tx

SHOWN = 5
"""How many payments, calls and notes one page holds."""


def of(scope: Scope, customer: str, *, as_of: dt.date, today: dt.date) -> dict[str, Any]:
    """Return everything on the page as plain data. Raises: Refused for an unknown customer."""
    found = view.customer(scope, customer, as_of=as_of, today=today)
    with tx.reading(scope):
        who = by_hand.payer(scope, customer)
        page: dict[str, Any] = {
            name: found[name]
            for name in ("reference", "name", "country", "account_owner", "strategic", "as_of",
                         "balance", "assessments", "contacts", "next")
        }  # fmt: skip
        page["revenue_minor"] = who.revenue_minor
        page["overdue"] = [
            {k: i[k] for k in ("entity", "number", "due_on", "days_overdue", "currency",
                               "open_minor")}
            for i in sorted(found["items"], key=lambda i: (-i["days_overdue"], i["number"]))
            if i["days_overdue"]
        ]  # fmt: skip
        page["payments"] = _payments(scope, who.pk)
        page["calls"] = _standing(call.history(scope, customer=who.reference))[:SHOWN]
        page["notes"] = _standing(note.listed(scope, customer=customer))[:SHOWN]
        page["messages"] = _messages(scope, who.pk)
        page["promises"] = _promises(scope, who.pk)
        page["disputes"] = _disputes(scope, who.pk)
        page["plans"] = _plans(scope, who.pk)
        page["tasks"] = _tasks(scope, who.pk)
    page["to_call"] = call_queue.queue(scope, customer=customer, as_of=as_of)
    page["talking_points"] = points(page)
    return page


def before_call(scope: Scope, customer: str, *, as_of: dt.date, today: dt.date) -> dict[str, Any]:
    """Return what a caller reads before the call: whom, the scripts, and the briefing.

    Raises: Refused for an unknown customer.
    """
    found = call_queue.prepare(scope, customer, as_of=as_of)
    page = of(scope, customer, as_of=as_of, today=today)
    said = {"talking_points": page["talking_points"], "account_owner": page["account_owner"]}
    return found | said | {"sections": sections(page)[1:]}


def _standing(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what was logged in error."""
    return [r for r in rows if r["withdrawn_on"] is None]


def _payments(scope: Scope, customer: int) -> list[dict[str, Any]]:
    rows = models.Payment.objects.filter(
        organisation_id=scope.organisation_id, customer_id=customer, kind="payment"
    ).order_by("-paid_on", "-pk")
    return [
        {
            "on": p.paid_on, "currency": p.currency, "amount_minor": p.amount_minor,
            "reference": p.reference, "reversed_on": p.reversed_on,
        }
        for p in rows[:SHOWN]
    ]  # fmt: skip


def _messages(scope: Scope, customer: int) -> list[dict[str, Any]]:
    rows = models.Outreach.objects.filter(
        organisation_id=scope.organisation_id, customer_id=customer, voided_on__isnull=True,
        reached=True,
    ).order_by("-on", "-pk")  # fmt: skip
    return [
        {"on": o.on, "channel": o.channel, "tone": o.tone, "step": o.step} for o in rows[:SHOWN]
    ]


def _promises(scope: Scope, customer: int) -> list[dict[str, Any]]:
    rows = models.Promise.objects.filter(
        organisation_id=scope.organisation_id, stop__customer_id=customer
    ).order_by("-made_on", "-pk")
    return [
        {
            "made_on": p.made_on, "by_on": p.by_on, "currency": p.currency,
            "amount_minor": p.amount_minor, "state": p.state,
        }
        for p in rows[:SHOWN]
    ]  # fmt: skip


def _disputes(scope: Scope, customer: int) -> list[dict[str, Any]]:
    rows = models.Dispute.objects.filter(
        organisation_id=scope.organisation_id, stop__customer_id=customer
    ).order_by("-stop__from_on", "-pk")
    items: dict[int, list[str]] = {}
    for x in models.StopItem.objects.filter(
        organisation_id=scope.organisation_id, stop__in=[d.stop_id for d in rows]
    ).select_related("item"):
        items.setdefault(x.stop_id, []).append(x.item.number)
    return [
        {
            "code": d.code, "items": items.get(d.stop_id, []), "owner": d.owner,
            "due_on": d.due_on, "outcome": d.outcome, "decided_on": d.decided_on,
        }
        for d in rows[:SHOWN]
    ]  # fmt: skip


def _plans(scope: Scope, customer: int) -> list[dict[str, Any]]:
    rows = models.Plan.objects.filter(
        organisation_id=scope.organisation_id, stop__customer_id=customer
    ).order_by("-made_on", "-pk")
    return [
        {
            "made_on": p.made_on, "currency": p.currency, "principal_minor": p.principal_minor,
            "state": p.state, "default_on": p.default_on,
            "instalments": [
                {"due_on": i.due_on, "amount_minor": i.amount_minor}
                for i in models.Instalment.objects.filter(
                    organisation_id=scope.organisation_id, plan=p
                ).order_by("n")
            ],
        }
        for p in rows[:SHOWN]
    ]  # fmt: skip


def _tasks(scope: Scope, customer: int) -> list[dict[str, Any]]:
    rows = models.Task.objects.filter(
        organisation_id=scope.organisation_id, customer_id=customer, state="open"
    ).order_by("due_on", "pk")
    return [{"kind": t.kind, "owner": t.owner, "due_on": t.due_on} for t in rows]


# --- what to talk about -------------------------------------------------------------------------


def points(page: dict[str, Any]) -> list[str]:
    """Return what to talk about, what matters most first; each follows from a fact on the page."""
    found: list[str] = []
    for d in page["disputes"]:
        if not d["decided_on"]:
            about = ", ".join(d["items"]) or "the account"
            why = d["code"].replace("_", " ")
            found.append(f"Bring news of the dispute about {about} ({why}); do not press it.")
    for p in page["promises"][:1]:
        amount = money.text(p["amount_minor"], p["currency"])
        by = reasons.day_text(p["by_on"])
        if p["state"] in ("broken", "partly_kept"):
            found.append(f"Ask what kept the {amount} promised for {by} from coming.")
        elif p["state"] == "open":
            found.append(f"Thank them for the promise of {amount} by {by}; ask for nothing more.")
    if any(p["state"] == "running" for p in page["plans"]):
        found.append("A plan is running: ask whether the next instalment is on its way.")
    for b in page["balance"]:
        loose = -(b["credits"] + b["unapplied"])
        if loose:
            amount = money.text(loose, b["currency"])
            found.append(f"{amount} in credit or unapplied: ask which invoices it is for.")
    oldest = page["overdue"][0] if page["overdue"] else None
    if oldest:
        due = reasons.day_text(oldest["due_on"])
        found.append(
            f"{oldest['number']}, due {due}, is the oldest of {len(page['overdue'])} overdue: ask"
            " whether everything is in order with it, and on which day it is paid."
        )
    if any(p["reversed_on"] for p in page["payments"]):
        found.append("A payment was returned lately: ask whether the bank details are right.")
    if not page["calls"] and oldest:
        found.append("Nobody has called them yet: begin with the working relationship.")
    if not found:
        found.append("Nothing is overdue: there is nothing to ask for.")
    return found


def markdown(page: dict[str, Any]) -> str:
    """Write the page for people."""
    head = f"# {page['name'] or page['reference']} ({page['reference']})"
    who = page["account_owner"] or "nobody"
    parts = [head, f"As of {reasons.day_text(page['as_of'])}; account owner: {who}."]
    for title, lines in sections(page):
        parts.append(f"## {title}\n\n" + ("\n".join(f"- {x}" for x in lines) or "Nothing."))
    return "\n\n".join(parts) + "\n"


def sections(page: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return what stands on the page as lines under titles."""
    return [
        ("Talk about", page["talking_points"]),
        ("Whom to call", _numbers(page)),
        ("What is owed", _balance(page)),
        ("Oldest overdue", [_item(i) for i in page["overdue"][:SHOWN]]),
        ("Last payments", [_payment(p) for p in page["payments"]]),
        ("What was said", _said(page)),
        ("Agreed and open", _agreed(page)),
        ("What comes next", [s for n in page["next"] for s in n["sentences"]]),
    ]


def _numbers(page: dict[str, Any]) -> list[str]:
    best = {c["contact"]["role"]: c["suggested"] for c in page["to_call"] if c["contact"]}
    lines = []
    for c in page["contacts"]:
        for r in c["routes"]:
            if r["channel"] in ("phone", "mobile") and not r["invalid_on"] and r["consent"]:
                when = f"; call at {best[c['role']]}" if c["role"] in best else ""
                role = book.ROLES.get(c["role"], c["role"].replace("_", " "))
                lines.append(f"{role}: {c['name']} {r['address']}".replace("  ", " ") + when)
    return lines


def _balance(page: dict[str, Any]) -> list[str]:
    lines = []
    for b in page["balance"]:
        ages = ", ".join(
            f"{name} days {money.text(minor, b['currency'])}"
            for name, minor in b["buckets"].items()
            if minor
        )
        late = money.text(sum(b["buckets"].values()), b["currency"])
        lines.append(
            f"{money.text(b['total'], b['currency'])} open, {late} overdue"
            + (f" ({ages})" if ages else "")
        )
    return lines + [
        f"{a['entity']}: segment {a['segment'].replace('_', ' ')}, grade {a['grade']}"
        for a in page["assessments"]
    ]


def _item(i: dict[str, Any]) -> str:
    amount = money.text(i["open_minor"], i["currency"])
    return f"{i['number']}: {amount}, {i['days_overdue']} days"


def _payment(p: dict[str, Any]) -> str:
    back = f", returned {reasons.day_text(p['reversed_on'])}" if p["reversed_on"] else ""
    return f"{reasons.day_text(p['on'])}: {money.text(p['amount_minor'], p['currency'])}{back}"


def _said(page: dict[str, Any]) -> list[str]:
    lines: list[tuple[dt.date, str]] = []
    for c in page["calls"]:
        words = f": {c['note']}" if c["note"] else ""
        lines.append((c["on"], f"call, {c['outcome'].replace('_', ' ')}, by {c['by']}{words}"))
    lines += [(n["on"], f"note by {n['by']}: {n['note']}") for n in page["notes"]]
    lines += [
        (m["on"], f"{m['channel']}, {m['tone']} {m['step'].replace('_', ' ')}".rstrip())
        for m in page["messages"]
        if m["channel"] != "call"
    ]
    lines.sort(key=lambda pair: pair[0], reverse=True)
    return [f"{reasons.day_text(on)}: {' '.join(said.split())}" for on, said in lines]


def _agreed(page: dict[str, Any]) -> list[str]:
    lines = [
        f"promise of {money.text(p['amount_minor'], p['currency'])} by"
        f" {reasons.day_text(p['by_on'])}: {p['state'].replace('_', ' ')}"
        for p in page["promises"]
    ]
    lines += [
        f"dispute about {', '.join(d['items']) or 'the account'} ({d['code'].replace('_', ' ')}):"
        f" {d['outcome'] or 'open, due ' + reasons.day_text(d['due_on'])}"
        for d in page["disputes"]
    ]
    lines += [
        f"plan over {money.text(p['principal_minor'], p['currency'])}: {p['state']}"
        for p in page["plans"]
    ]
    return lines + [
        f"{t['kind'].replace('_', ' ')}: {t['owner']}, due {reasons.day_text(t['due_on'])}"
        for t in page["tasks"]
    ]
