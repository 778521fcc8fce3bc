"""The evidence file of one customer: gathered from the book and the journal.

`make` reads everything, shows it, and packs it; `record` keeps in the journal that it was made,
and `made_here` finds that again. What happened is put into order by `desk.chronicle`, what is
owed by `desk.statement`; how it looks, and how it is checked, is `delivery.evidence`.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import hashlib
import re
import zlib
import zoneinfo
from collections import defaultdict
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any, NamedTuple

from dunwell.core.errors import Refused
from dunwell.core.message import Sender
from dunwell.core.scope import Scope
from dunwell.delivery.evidence import archive, case
from dunwell.desk import chronicle, named, statement, trail, upload
from dunwell.store import facts, journal, models, personal, tx
from dunwell.store.lists import evidence as rows


class Made(NamedTuple):
    """A file ready to be written: its name, its bytes, and what it comes to."""

    customer: models.Customer
    entity: models.Entity
    name: str
    archive: bytes
    document: bytes
    sha256: str
    case: case.Evidence


def make(
    scope: Scope,
    customer: str,
    *,
    entity: str | None = None,
    as_of: dt.date,
    now: dt.datetime,
) -> Made:
    """Put the evidence file of a customer of an entity together, as of a day.

    What happened, or was recorded, after that day is not in it. Seals first, so that
    everything that happened before stands under the chain.

    Raises: Refused for an unknown customer or entity, for one whose items another pays, and
    where it cannot be told which entity.
    """
    trail.seal(scope, now=now)
    with tx.reading(scope):
        who = named.customer(scope, customer)
        of = named.entity_for(scope, who, entity)
        family = facts.families(scope)
        if who.pk in family.payer_of:
            payer = models.Customer.objects.get(
                organisation_id=scope.organisation_id, pk=family.payer_of[who.pk]
            )
            raise Refused(
                "pays_via_parent",
                f"{customer}'s items stand in the case of {payer.reference}, who pays for it:"
                f" dunwell evidence make {payer.reference}",
            )
        held = rows.held(scope, of, who, family.children.get(who.pk, []))
        last = _end_of(as_of, of.time_zone)
        is_mine = rows.mine_of(held)
        seals, told, unsealed = rows.chain(
            scope, lambda event: event.at <= last and is_mine(event.verb, event.refs)
        )
        decisions = rows.batches(scope, told, {d.pk for d in held.decisions})
        proof = archive.Proof(
            seals=tuple(s.line for s in seals),
            events={s.n: s.lines for s in seals if s.lines is not None},
            decisions={
                n: [(pk, salt, body, seen) if pk else digest for pk, digest, salt, body, seen in x]
                for n, x in decisions
            },
            texts=_texts(held, told),
            receipts=[],
            files=_files(held, told),
        )
    exhibits = _exhibits(held, as_of)
    proof = _with_receipts(proof, held, exhibits, as_of)
    whole = _evidence(scope, held, told, seals, exhibits, as_of=as_of, now=now, unsealed=unsealed)
    files = archive.files(whole, proof)
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"evidence-{of.code}-{customer}-{as_of}").strip("-")
    sha256 = hashlib.sha256(files["manifest.json"]).hexdigest()
    packed = archive.pack(files)
    return Made(who, of, name, packed, files["evidence.pdf"], sha256, whole)


def record(scope: Scope, made: Made, *, now: dt.datetime) -> int:
    """Keep in the journal that a file was made, with the hash of its manifest."""
    with tx.transaction_of(scope):
        refs = {"customer": made.customer.pk, "entity": made.entity.pk, "as_of": made.case.as_of,
                "sha256": made.sha256, "seal": made.case.sealed}  # fmt: skip
        return journal.append(scope, "evidence_made", refs=refs, at=now)


def made_here(scope: Scope, sha256: str) -> dt.datetime | None:
    """Return when this organisation made the file with that manifest, if it did."""
    with tx.reading(scope):
        found = models.Event.objects.filter(
            organisation_id=scope.organisation_id, verb="evidence_made", refs__contains=sha256
        ).first()
        return found.at if found else None


def _end_of(day: dt.date, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.max, tzinfo=zoneinfo.ZoneInfo(zone))


def _texts(held: rows.Held, told: Sequence[rows.Told]) -> list[tuple[str, int, str, bytes, bytes]]:
    """Return what people wrote, with salts, and whatever else an event shown commits to.

    Names and addresses stand in the document and need no proof; messages have files.
    """
    committed = {e.commitment for e in told if e.commitment}
    found = []
    for (subject, number, field), kept in held.bodies.items():
        is_said = subject not in personal.UNSPOKEN
        if kept is not None and (is_said or journal.commit_to(*kept) in committed):
            found.append((subject, number, field, *kept))
    return found


def _files(held: rows.Held, told: Sequence[rows.Told]) -> dict[str, bytes]:
    """Return what the customer sent along with a dispute, where an event shown commits to it."""
    committed = {e.commitment for e in told if e.commitment}
    return {
        upload.as_exhibit(number, kept[1]): kept[1]
        for (subject, number, field), kept in held.bodies.items()
        if (subject, field) == (upload.SUBJECT, "content")
        and kept is not None
        and journal.commit_to(*kept) in committed
    }


def _exhibits(held: rows.Held, as_of: dt.date) -> dict[int, case.Exhibit]:
    """Return every message whose bytes are kept, in the order they went out, by action."""
    zone = zoneinfo.ZoneInfo(held.entity.time_zone)
    times = {r.action_id: r.at for r in reversed(held.receipts)}
    found: list[tuple[dt.datetime, models.Action, bytes]] = []
    for action in held.actions:
        kept = held.bodies.get(("action", action.pk, "message"))
        at = times.get(action.pk) or action.handed_at or action.send_at
        if kept is not None and at.astimezone(zone).date() <= as_of:
            found.append((at, action, zlib.decompress(kept[1])))
    found.sort(key=lambda x: (x[0], x[1].pk))
    return {
        action.pk: _exhibit(n, at, at.astimezone(zone).date(), action, raw)
        for n, (at, action, raw) in enumerate(found, start=1)
    }


def _exhibit(
    n: int, at: dt.datetime, on: dt.date, action: models.Action, raw: bytes
) -> case.Exhibit:
    suffix = "pdf" if raw.startswith(b"%PDF") else "eml" if action.channel == "email" else "txt"
    shown: dict[str, Any] = {"heads": (), "text": "", "pdfs": (raw,)}
    if suffix == "eml":
        shown = _mail(raw)
    elif suffix == "txt":
        shown = {"heads": (), "text": raw.decode("utf-8", "replace")}
    return case.Exhibit(
        n=n, on=on, at=at, key=action.key, channel=action.channel, raw=raw,
        file=f"messages/{on.isoformat()}-{action.key}.{suffix}",
        sha256=hashlib.sha256(raw).hexdigest(), **shown,
    )  # fmt: skip


def _mail(raw: bytes) -> dict[str, Any]:
    """Return what a mail says: heads, plain text, what was attached, letters to be shown."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    part = mail.get_body(preferencelist=("plain", "html"))
    attached, letters = [], []
    for one in mail.iter_attachments():
        data = one.get_payload(decode=True)
        content = data if isinstance(data, bytes) else b""
        name = one.get_filename() or one.get_content_type()
        attached.append(
            case.Attached(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        )
        if content.startswith(b"%PDF") and not name.lower().startswith("statement"):
            letters.append(content)
    heads = ("from", "to", "subject", "date", "message-id")
    return {
        "heads": tuple((h, str(mail.get(h, ""))) for h in heads),
        "text": str(part.get_content()) if part is not None else "",
        "attached": tuple(attached),
        "pdfs": tuple(letters),
    }


def _with_receipts(
    proof: archive.Proof,
    held: rows.Held,
    exhibits: dict[int, case.Exhibit],
    as_of: dt.date,
) -> archive.Proof:
    """Return the proof with every message's receipts, also of those that did not go out."""
    zone = zoneinfo.ZoneInfo(held.entity.time_zone)
    by_action: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for r in held.receipts:
        if r.at.astimezone(zone).date() <= as_of:
            by_action[r.action_id].append(
                {"kind": r.kind, "at": r.at, "evidence": r.evidence,
                 "message_sha256": r.message_sha256}
            )  # fmt: skip
    receipts = [
        {
            "key": a.key, "channel": a.channel, "to_role": a.to_role, "step": a.step,
            "state": a.state, "send_at": a.send_at, "handed_at": a.handed_at,
            "receipts": by_action[a.pk],
            "file": exhibits[a.pk].file if a.pk in exhibits else "",
        }
        for a in held.actions
        if a.pk in exhibits or by_action[a.pk]
    ]  # fmt: skip
    return archive.Proof(
        seals=proof.seals, events=proof.events, decisions=proof.decisions, texts=proof.texts,
        receipts=receipts, files=proof.files,
    )  # fmt: skip


def _evidence(
    scope: Scope,
    held: rows.Held,
    told: Sequence[rows.Told],
    seals: Sequence[rows.Sealed],
    exhibits: dict[int, case.Exhibit],
    *,
    as_of: dt.date,
    now: dt.datetime,
    unsealed: int,
) -> case.Evidence:
    numbers = {pk: (x.n, dict(x.heads).get("subject", "")) for pk, x in exhibits.items()}
    covering = {e.seal for e in told} | ({seals[-1].n} if seals else set())
    entity, who = held.entity, held.customer
    shown = statement.tell(held, as_of=as_of)
    name = dict(held.words("customer", who.pk)).get("name", "")
    return case.Evidence(
        sender=_sender(entity),
        time_zone=entity.time_zone,
        organisation=scope.organisation,
        entity=entity.code,
        customer=who.reference,
        name=name,
        address=_address(held),
        country=who.country,
        family=tuple(c.reference for c in held.family[1:]),
        as_of=as_of,
        made_at=now,
        made_by=scope.actor,
        totals=shown.totals,
        items=shown.items,
        left_out=shown.left_out,
        unapplied=shown.unapplied,
        entries=tuple(
            chronicle.entries(held, told, exhibits=numbers, shown=shown.shown, as_of=as_of)
        ),
        exhibits=tuple(exhibits.values()),
        events=tuple(
            case.EventTold(id=e.id, seal=e.seal, at=e.at, actor=e.actor, verb=e.verb,
                           refs=e.refs_text, commitment=e.commitment)
            for e in told
        ),
        seals=tuple(
            case.SealTold(n=s.n, upto=s.upto, events=s.events, at=s.at, hash=s.hash)
            for s in seals
            if s.n in covering
        ),
        head=seals[-1].hash if seals else "",
        sealed=seals[-1].n if seals else 0,
        unsealed=unsealed,
        erased=tuple(
            sorted({f"{s} {n} ({f})" for (s, n, f), kept in held.bodies.items() if kept is None})
        ),
    )  # fmt: skip


def _sender(entity: models.Entity) -> Sender:
    says = entity.sender or {}
    return Sender(
        entity_name=entity.name or entity.code,
        address_lines=tuple(says.get("address_lines", ())),
        country=entity.country,
        email=says.get("email", ""),
        phone=says.get("phone", ""),
        website=says.get("website", ""),
        legal_lines=tuple(says.get("legal_lines", ())),
    )


def _address(held: rows.Held) -> tuple[str, ...]:
    """Return the customer's postal address, else their mail address."""
    for field in ("letter", "email"):
        for contact in held.contacts:
            if contact.customer_id == held.customer.pk:
                found = dict(held.words("contact", contact.pk)).get(field, "")
                if found:
                    return tuple(found.replace("\r", "").split("\n"))
    return ()
