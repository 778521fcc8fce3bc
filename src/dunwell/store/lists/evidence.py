"""Everything about one customer of one entity, in order: the one reader of the evidence file.

Knows which rows are about a customer, what of it is personal, and which events of the journal
are about it and nobody else. Must not know what a court wants to see (`desk.chronicle` does).
Read `held` for the rows, `chain` for the journal.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, Q

from dunwell.core.scope import Scope
from dunwell.store import journal, models, personal

M = TypeVar("M", bound=Model)

SUBJECTS = {
    "action": "action", "call": "call", "checklist_mark": "mark", "contact": "contact",
    "customer": "customer", "dispute": "stop", "dispute_file": "stop",
    "insolvency": "insolvency",
    "measure": "measure", "note": "note", "placement": "placement", "plan": "stop",
    "promise": "stop", "reply": "reply", "stop": "stop", "task": "task",
    "write_off": "write_off",
}  # fmt: skip
"""What the rows of `personal` are about, and whose number each subject goes by."""

REFS = {
    "action": "action", "approval": "approval", "call": "call", "claim": "item",
    "contact": "contact", "customer": "customer", "dispute": "stop",
    "hook_call": "hook_call", "insolvency": "insolvency", "item": "item", "items": "item",
    "mark": "mark", "measure": "measure", "note": "note", "payment": "payment",
    "placement": "placement", "principal": "item", "reply": "reply", "stop": "stop",
    "task": "task", "tasks": "task", "write_off": "write_off",
}  # fmt: skip
"""Names in the `refs` of events that stand for a row of a customer, and for which."""


class Held(NamedTuple):
    """The rows about one customer of one entity, each kind in its own order."""

    entity: models.Entity
    customer: models.Customer
    family: list[models.Customer]
    items: list[models.Item]
    histories: list[models.History]
    payments: list[models.Payment]
    allocations: list[models.Allocation]
    cases: list[models.Case]
    stops: list[models.Stop]
    stop_items: list[models.StopItem]
    disputes: list[models.Dispute]
    promises: list[models.Promise]
    plans: list[models.Plan]
    instalments: list[models.Instalment]
    placements: list[models.Placement]
    write_offs: list[models.WriteOff]
    insolvencies: list[models.Insolvency]
    claims: list[models.Claim]
    measures: list[models.Measure]
    hook_calls: list[models.HookCall]
    approvals: list[models.Approval]
    actions: list[models.Action]
    receipts: list[models.Receipt]
    decisions: list[models.Decision]
    steps: list[models.StepTaken]
    outreach: list[models.Outreach]
    calls: list[models.Call]
    notes: list[models.Note]
    replies: list[models.Reply]
    tasks: list[models.Task]
    marks: list[models.ChecklistMark]
    contacts: list[models.Contact]
    bodies: dict[tuple[str, int, str], tuple[bytes, bytes] | None]

    def numbers(self) -> dict[str, set[int]]:
        """Return the numbers of the rows an event may name, by what they are."""
        return {
            "action": _ids(self.actions), "approval": _ids(self.approvals),
            "call": _ids(self.calls), "contact": _ids(self.contacts),
            "customer": _ids(self.family), "decision": _ids(self.decisions),
            "hook_call": _ids(self.hook_calls), "insolvency": _ids(self.insolvencies),
            "item": _ids(self.items), "mark": _ids(self.marks), "measure": _ids(self.measures),
            "note": _ids(self.notes), "payment": _ids(self.payments),
            "placement": _ids(self.placements), "reply": _ids(self.replies),
            "run": {d.run_id for d in self.decisions if d.run_id},
            "stop": _ids(self.stops), "task": _ids(self.tasks),
            "write_off": _ids(self.write_offs),
        }  # fmt: skip

    def words(self, subject: str, number: int) -> list[tuple[str, str]]:
        """Return what people said or wrote about one row, by field; what was erased is absent."""
        return [
            (field, kept[1].decode("utf-8", "replace"))
            for (kind, n, field), kept in self.bodies.items()
            if (kind, n) == (subject, number) and kept is not None
        ]


class Told(NamedTuple):
    """One event about the customer, as it is hashed and as it can be read."""

    id: int
    seal: int
    at: dt.datetime
    actor: str
    verb: str
    refs: dict[str, Any]
    refs_text: str
    commitment: str
    line: bytes
    seed: str


class Sealed(NamedTuple):
    """One seal: its line, its hash, and its events' lines where one is about the customer.

    A line is an event as it is hashed, or for what is about others its digest as JSON text.
    """

    n: int
    upto: int
    events: int
    at: dt.datetime
    hash: str
    line: bytes
    lines: list[bytes] | None


def held(
    scope: Scope, entity: models.Entity, customer: models.Customer, children: Sequence[int]
) -> Held:
    """Read every row about a customer of an entity, with those of the children it pays for."""
    mine = {"organisation_id": scope.organisation_id}
    family = [customer, *_read(models.Customer, mine, pk__in=list(children))]
    who = {**mine, "customer_id__in": [c.pk for c in family]}
    both = {**who, "entity_id": entity.pk}
    here = Q(entity_id=entity.pk) | Q(entity__isnull=True)
    items = _read(models.Item, both, order=("due_on", "number", "part"))
    on_theirs = Q(item__in=items) | Q(
        payment__customer_id__in=who["customer_id__in"], payment__entity_id=entity.pk
    )
    allocations = _read(models.Allocation, mine, on_theirs, order=("on", "pk"))
    paid_by = {a.payment_id for a in allocations if a.payment_id}
    stops = _read(models.Stop, who, here, order=("from_on", "pk"))
    plans = _read(models.Plan, mine, stop__in=stops)
    measures = _read(models.Measure, both)
    actions = _read(models.Action, both)
    found = Held(
        entity=entity,
        customer=customer,
        family=family,
        items=items,
        histories=_read(models.History, mine, table="item", row__in=[i.pk for i in items]),
        payments=_read(
            models.Payment, mine, Q(**both) | Q(pk__in=paid_by), order=("paid_on", "pk")
        ),
        allocations=allocations,
        cases=_read(models.Case, both, order=("no",), along=("policy_version__policy",)),
        stops=stops,
        stop_items=_read(models.StopItem, mine, stop__in=stops),
        disputes=_read(models.Dispute, mine, stop__in=stops),
        promises=_read(models.Promise, mine, stop__in=stops),
        plans=plans,
        instalments=_read(models.Instalment, mine, plan__in=plans, order=("plan", "n")),
        placements=_read(models.Placement, both),
        write_offs=_read(models.WriteOff, both),
        insolvencies=_read(models.Insolvency, who),
        claims=_read(models.Claim, mine, item__in=items),
        measures=measures,
        hook_calls=_read(models.HookCall, mine, measure__in=measures),
        approvals=_read(models.Approval, both),
        actions=actions,
        receipts=_read(models.Receipt, mine, action__in=actions, order=("at", "pk")),
        decisions=_read(models.Decision, both, along=("policy_version__policy",)),
        steps=_read(models.StepTaken, mine, item__in=items),
        outreach=_read(models.Outreach, both),
        calls=_read(models.Call, both, order=("at", "pk")),
        notes=_read(models.Note, who, here),
        replies=_read(models.Reply, who, here, order=("received_at", "pk")),
        tasks=_read(models.Task, who, here),
        marks=_read(models.ChecklistMark, both),
        contacts=_read(models.Contact, who),
        bodies={},
    )
    found.bodies.update(_bodies(scope, found.numbers()))
    return found


def _read(
    model: type[M],
    where: dict[str, Any],
    more: Q | None = None,
    *,
    order: Sequence[str] = ("pk",),
    along: Sequence[str] = (),
    **also: Any,
) -> list[M]:
    """Read rows of one organisation, in order; `where` names it."""
    rows = model._default_manager.filter(more or Q(), **where, **also)
    rows = rows.select_related(*along) if along else rows
    return list(rows.order_by(*order))


def _ids(rows: Iterable[Model]) -> set[int]:
    return {r.pk for r in rows}


def _bodies(
    scope: Scope, numbers: dict[str, set[int]]
) -> dict[tuple[str, int, str], tuple[bytes, bytes] | None]:
    return {
        (subject, number, field): kept
        for subject, noun in sorted(SUBJECTS.items())
        for (number, field), kept in personal.read_bytes(scope, subject, numbers[noun]).items()
    }


def mine_of(found: Held) -> Callable[[str, dict[str, Any]], bool]:
    """Return the test whether an event is about this customer and nobody else.

    What is about several customers at once names them all and is not shown. A run and the
    decisions of a night are shown where one of this customer's stands among them: they hold
    ranges of numbers and hashes, and of others nothing that can be read. So are the published
    versions of the policy that was walked.
    """
    numbers = found.numbers()
    causes = {t.cause for t in found.tasks}
    walked = {(d.policy_version.policy.name, d.policy_version.n) for d in found.decisions}

    def is_mine(verb: str, refs: dict[str, Any]) -> bool:
        if verb == "decided":
            return any(
                first <= d <= last for first, last in refs["decisions"] for d in numbers["decision"]
            )
        if verb == "run":
            return refs.get("run") in numbers["run"]
        if verb == "policy_published":
            return (refs.get("policy"), refs.get("version")) in walked
        if verb == "tasks_opened":
            return bool(refs["tasks"]) and {c for _, c in refs["tasks"]} <= causes
        if verb == "evidence_made" and refs.get("entity") != found.entity.pk:
            return False
        named = list(_named(verb, refs))
        return bool(named) and all(number in numbers[noun] for noun, number in named)

    return is_mine


def _named(verb: str, refs: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the rows that refs of an event name: what each is, and its number."""
    if verb == "hook_answered":  # its call is one to another system
        refs = {"hook_call": refs.get("call")}
    subject = SUBJECTS.get(str(refs.get("subject")))
    if subject:
        rows = refs["rows"] if "rows" in refs else [[refs["id"]]]
        yield from ((subject, int(row[0])) for row in rows)
    for name, noun in REFS.items():
        value = refs.get(name)
        for one in value if isinstance(value, list) else [value]:
            number = one[0] if isinstance(one, list) and one else one
            if isinstance(number, int):
                yield noun, number


def about(event: Told) -> set[tuple[str, int]]:
    """Return the rows an event is about, each by what it is and its number."""
    return set(_named(event.verb, event.refs))


def chain(scope: Scope, is_shown: Callable[[Told], bool]) -> tuple[list[Sealed], list[Told], int]:
    """Return every seal, the events that are one customer's, and how many are not sealed yet.

    Each event is hashed once; only of seals that cover one of the customer's are the lines kept.
    """
    seals: list[Sealed] = []
    told: list[Told] = []
    after = 0
    for head in models.Seal.objects.filter(organisation_id=scope.organisation_id).order_by("n"):
        lines, own = [], []
        for row in journal.events(scope, after=after, through=head.upto):
            line = journal.event_line(row)
            one = _told(row, line, head.n)
            if is_shown(one):
                own.append(one)
                lines.append(line)
            else:
                lines.append(b'"' + _hex(line) + b'"\n')
        digests = b"".join(_digest(x) + b"\n" for x in lines)
        line = journal.seal_line(head, hashlib.sha256(digests).hexdigest())
        told += own
        seals.append(
            Sealed(head.n, head.upto, head.events, head.at, _hex(line).decode(), line,
                   lines if own else None)
        )  # fmt: skip
        after = head.upto
    unsealed = models.Event.objects.filter(organisation_id=scope.organisation_id, pk__gt=after)
    return seals, told, unsealed.count()


def _told(row: journal.EventRow, line: bytes, seal: int) -> Told:
    pk, at, actor, verb, refs, commitment, seed = row
    return Told(pk, seal, at, actor, verb, json.loads(refs), refs, commitment, line, seed or "")


def _hex(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest().encode()


def _digest(line: bytes) -> bytes:
    """Return the digest a line stands for: its own where it is an event, else what it holds."""
    return line.strip()[1:-1] if line.startswith(b'"') else _hex(line)


def batches(
    scope: Scope, told: Sequence[Told], own: set[int]
) -> Iterator[tuple[int, list[tuple[int, str, str, bytes, bytes]]]]:
    """Yield for each event `decided` its decisions in order: number, digest, salt, body, facts.

    Number, salt, body and facts are given for those in `own` only.
    """
    for event in told:
        if event.verb != "decided":
            continue
        rows: list[tuple[int, str, str, bytes, bytes]] = []
        for first, last in event.refs["decisions"]:
            for pk, *kept in (
                models.Decision.objects.filter(
                    organisation_id=scope.organisation_id, pk__gte=first, pk__lte=last
                )
                .order_by("pk")
                .values_list("pk", "body", "facts")
                .iterator(chunk_size=500)
            ):
                body, facts = map(bytes, kept)
                salt = journal.salt(event.seed, f"decision {pk}")
                digest = hashlib.sha256(salt.encode() + body + facts).hexdigest()
                shown = (pk, digest, salt, body, facts)
                rows.append(shown if pk in own else (0, digest, "", b"", b""))
        yield event.id, rows
