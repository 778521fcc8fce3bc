"""What came in, and what it undoes: replies kept, receipts added, steps taken back.

The words and addresses of whoever wrote stand in `personal`; the rows and the journal hold
ids and codes only. All inside the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from dunwell.core.decision import Act
from dunwell.core.inbound import Inbound, e164
from dunwell.core.scope import Scope
from dunwell.store import journal, models, personal
from dunwell.store.records import cases, outbox, reminders, steps, tasks, watch

BOUNCED, DELAYED = "bounced", "delayed"
_KEPT = 100_000
"""Characters of what somebody wrote that are kept."""


class Whose(NamedTuple):
    """Whose mail this is, as far as can be told: the message it is about, customer and entity."""

    action: models.Action | None = None
    customer_id: int | None = None
    entity_id: int | None = None


class Addresses:
    """Who can be reached under an address; read once, when it is first asked for."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._found: dict[str, set[int]] | None = None

    def contacts(self, address: str) -> set[int]:
        """Return the contacts with this address or number, however it was typed."""
        if self._found is None:
            self._found = self._all()
        return self._found.get(_plain(address), set())

    def _all(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for contact, body in models.Personal.objects.filter(
            organisation_id=self._scope.organisation_id,
            subject="contact",
            field__in=("email", "mobile", "phone"),
            body__isnull=False,
        ).values_list("subject_id", "body"):
            address = bytes(body or b"").decode("utf-8", "replace")
            found.setdefault(_plain(address), set()).add(contact)
        return found


def _plain(address: str) -> str:
    return address.strip().lower() if "@" in address else e164(address) or address.strip()


def is_known(scope: Scope, sha256: str) -> bool:
    """Tell whether this very mail was taken before."""
    return models.Reply.objects.filter(
        organisation_id=scope.organisation_id, sha256=sha256
    ).exists()


def whose(scope: Scope, mail: Inbound, addresses: Addresses) -> Whose:
    """Find whose a mail is: by what it names, by where it came to, by who wrote it."""
    if action := _action(scope, mail):
        return Whose(action, action.customer_id, action.entity_id)
    if mail.case is not None:
        entity, customer, _ = mail.case
        is_ours = models.Watch.objects.filter(
            organisation_id=scope.organisation_id, entity_id=entity, customer_id=customer
        ).exists()
        if is_ours:
            return Whose(None, customer, entity)
    owners = set(
        models.Contact.objects.filter(
            organisation_id=scope.organisation_id, pk__in=addresses.contacts(mail.sender)
        ).values_list("customer_id", flat=True)
    )
    if len(owners) != 1:
        return Whose()
    customer = owners.pop()
    entities = entities_of(scope, customer)
    return Whose(None, customer, entities[0] if len(entities) == 1 else None)


def _action(scope: Scope, mail: Inbound) -> models.Action | None:
    mine = models.Action.objects.filter(organisation_id=scope.organisation_id)
    rows = mine.filter(key__in=mail.keys).exclude(state="cancelled") if mail.keys else mine.none()
    if mail.reference:
        rows = mine.filter(
            channel=mail.channel,
            pk__in=models.Receipt.objects.filter(
                organisation_id=scope.organisation_id, evidence=mail.reference
            ).values("action_id"),
        )
    found = {a.key: a for a in rows.select_related("decision", "entity", "customer", "contact")}
    named = next((found[k] for k in mail.keys if k in found), None)
    return named or next(iter(found.values()), None)


def entities_of(scope: Scope, customer_id: int) -> list[int]:
    """Return the entities that have something to do with a customer."""
    rows = models.Watch.objects.filter(
        organisation_id=scope.organisation_id, customer_id=customer_id
    )
    return sorted(set(rows.values_list("entity_id", flat=True)))


def routes_of(scope: Scope, contacts: Iterable[int], *, channel: str) -> list[models.Route]:
    """Return the routes of some contacts on a channel."""
    return list(
        models.Route.objects.filter(
            organisation_id=scope.organisation_id, contact_id__in=list(contacts), channel=channel
        ).select_related("contact")
    )


def keep(
    scope: Scope,
    mail: Inbound,
    found: Whose,
    *,
    kind: str,
    state: str,
    evidence: dict[str, object],
    at: dt.datetime,
) -> models.Reply:
    """Keep what came in: its row, its words apart, and that it came in the journal."""
    row = models.Reply.objects.create(
        organisation_id=scope.organisation_id,
        entity_id=found.entity_id,
        customer_id=found.customer_id,
        action=found.action,
        channel=mail.channel,
        kind=kind,
        message_id=mail.message_id[:200],
        sha256=mail.sha256,
        received_at=mail.received_at or at,
        state=state,
        evidence=evidence,
    )
    texts = {"from": mail.sender, "subject": mail.subject, "words": mail.words[:_KEPT]}
    bodies = {(row.pk, field): text.encode() for field, text in texts.items() if text}
    personal.keep(scope, "reply", bodies, at=at)
    refs = {"reply": row.pk, "kind": kind, "customer": found.customer_id, "sha256": mail.sha256}
    if found.action is not None:
        refs["action"] = found.action.pk
    journal.append(scope, "received", refs=refs, at=at)
    return row


def add_receipt(
    scope: Scope, action: models.Action, kind: str, *, evidence: str, at: dt.datetime
) -> None:
    """Add what is known of a message since it was handed over."""
    models.Receipt.objects.create(
        organisation_id=scope.organisation_id, action=action, kind=kind, at=at,
        evidence=evidence[:1000],
    )  # fmt: skip


def pause(scope: Scope, row: models.Reply, *, on: dt.date, at: dt.datetime) -> models.Stop | None:
    """Pause the case of a reply until it is read, and put it before a person (SEMANTICS 11)."""
    stop = None
    if row.customer_id is not None:
        stop = models.Stop.objects.create(
            organisation_id=scope.organisation_id,
            customer_id=row.customer_id,
            entity_id=row.entity_id,
            kind="reply_unread",
            from_on=on,
            reason="a reply waits to be read",
            by=scope.actor,
            opened_at=at,
        )
        row.evidence = row.evidence | {"stop": stop.pk}
        row.save(update_fields=["evidence"])
        _replied(scope, row, on=on)
        refs = {"stop": stop.pk, "kind": stop.kind, "customer": row.customer_id, "from": on,
                "items": [], "until": None}  # fmt: skip
        journal.append(scope, "stop_opened", refs=refs, at=at)
        watch.wake(scope, [row.customer_id])
    wanted = tasks.Wanted("read_reply", _task(row), row.entity_id, row.customer_id)
    tasks.open_all(scope, [wanted], on=on, at=at)
    return stop


def _replied(scope: Scope, row: models.Reply, *, on: dt.date) -> None:
    """Keep that the customer replied, for steps that ask whether it has."""
    assert row.customer_id is not None
    entities = [row.entity_id] if row.entity_id else entities_of(scope, row.customer_id)
    models.Done.objects.bulk_create(
        models.Done(
            organisation_id=scope.organisation_id,
            entity_id=entity,
            customer_id=row.customer_id,
            kind="reply",
            on=on,
            channel=row.channel,
        )
        for entity in entities
    )


def _task(row: models.Reply) -> str:
    return f"read_reply:{row.pk}"


def close(scope: Scope, row: models.Reply, *, outcome: str, on: dt.date, at: dt.datetime) -> None:
    """Keep what a reply came to, and let its case go on from `on`."""
    row.state = "closed"
    row.evidence = row.evidence | {"outcome": outcome, "closed_on": str(on), "by": scope.actor}
    row.save(update_fields=["state", "evidence"])
    models.Stop.objects.filter(
        organisation_id=scope.organisation_id, pk=row.evidence.get("stop"), ended_on__isnull=True
    ).update(ended_on=on, ended_at=at, ended_by=scope.actor, state="ended")
    tasks.end(scope, [_task(row)], outcome=outcome, on=on, at=at)
    refs = {"reply": row.pk, "outcome": outcome, "on": on}
    journal.append(scope, "reply_closed", refs=refs, at=at)
    if row.customer_id is not None:
        watch.wake(scope, [row.customer_id])


def take_back(scope: Scope, action: models.Action, *, on: dt.date, at: dt.datetime) -> int:
    """Take back the steps of a message nobody got; return how many (SEMANTICS 6.6).

    Where another channel of the same decision did go out, the step is its. What was counted as
    a contact is one no more; the attempt stays counted. A reminder of an instalment counts as one.
    """
    mine = models.StepTaken.objects.filter(
        organisation_id=scope.organisation_id, action=action, voided_on__isnull=True
    )
    taken = list(mine.values_list("item_id", "step"))
    if not taken:
        said = cases.unpack(bytes(action.decision.body))
        is_back = isinstance(said, Act) and reminders.take_back(scope, action, said, on=on, at=at)
        return int(is_back)
    mine.update(voided_on=on, void_reason=BOUNCED)
    models.Outreach.objects.filter(
        organisation_id=scope.organisation_id, action=action, voided_on__isnull=True
    ).update(voided_on=on)
    steps.refresh(scope, [item for item, _ in taken])
    refs = {"action": action.pk, "taken": sorted(taken), "on": on}
    journal.append(scope, "taken_back", refs=refs, at=at)
    _give_to_other(scope, action, taken)
    watch.wake(scope, [action.customer_id])
    return len(taken)


def _give_to_other(scope: Scope, action: models.Action, taken: list[tuple[int, str]]) -> None:
    """Let a channel that reached the customer take the steps another one did not."""
    bounced = models.Receipt.objects.filter(organisation_id=scope.organisation_id, kind=BOUNCED)
    others = (
        models.Action.objects.filter(
            organisation_id=scope.organisation_id,
            decision_id=action.decision_id,
            state="sent",
            takes_step=True,
        )
        .exclude(pk=action.pk)
        .exclude(pk__in=bounced.values("action_id"))
        .select_related("decision", "entity", "customer")
        .order_by("pk")
    )
    other = others.first()
    if other is None:
        return
    act = cases.unpack(bytes(other.decision.body))
    assert isinstance(act, Act)
    went = _sent_on(scope, other)
    still = tuple(pair for pair in act.takes if pair in taken)
    outbox.confirm_step(scope, other, msgspec.structs.replace(act, takes=still), on=went)


def _sent_on(scope: Scope, action: models.Action) -> dt.date:
    """Return the day a message went out: that of its first contact, else when it was decided."""
    first = (
        models.Receipt.objects.filter(organisation_id=scope.organisation_id, action=action)
        .order_by("pk")
        .first()
    )
    decided: dt.date = action.decision.as_of
    return max(decided, first.at.date()) if first else decided
