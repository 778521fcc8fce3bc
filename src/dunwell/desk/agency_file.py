"""What goes to an agency, a lawyer or a bureau: one folder a hand-over (SEMANTICS 7).

`items.csv` and `debtor.csv` for their system, a statement, the history and the final demand as
PDF for a person. Nothing else leaves: no notes, no replies, no other customer, and to a bureau
neither history nor contacts.
"""

from __future__ import annotations

import csv
import datetime as dt
import email
import email.policy
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dunwell.core import cells, money
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import placement
from dunwell.store import journal, models, personal, tx
from dunwell.store.records import handoffs, outbox

ITEMS = ("placement", "customer", "number", "kind", "issued_on", "due_on", "currency", "amount",
         "open", "placed", "po_number", "description")  # fmt: skip
DEBTOR = ("placement", "customer", "name", "country", "language", "natural_person", "role",
          "contact", "email", "phone", "mobile", "address")  # fmt: skip
HISTORY = ("on", "what", "how", "step")
_ADDRESSES = ("email", "phone", "mobile", "letter")


class Files(NamedTuple):
    """The files of one hand-over, by name, and the word it goes by."""

    placement: int
    noun: str
    files: dict[str, bytes]

    def archive(self) -> bytes:
        """Return them as one ZIP file, each of them as it would be written."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in sorted(self.files.items()):
                archive.writestr(name, body)
        return out.getvalue()


def write(
    scope: Scope, placement_id: int, *, noun: str, out: Path, as_of: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Write the files of a hand-over into a folder; return their names.

    Raises: Refused for one that is not there.
    """
    made = make(scope, placement_id, noun=noun, as_of=as_of, now=now)
    out.mkdir(parents=True, exist_ok=True)
    for name, body in made.files.items():
        (out / name).write_bytes(body)
    record(scope, made, as_of=as_of, now=now)
    return {"id": placement_id, "files": sorted(made.files)}


def make(scope: Scope, placement_id: int, *, noun: str, as_of: dt.date, now: dt.datetime) -> Files:
    """Make the files of a hand-over; `record` says once they are given out.

    Raises: Refused for one that is not there.
    """
    with tx.reading(scope):
        made = _made(scope, placement_id, noun)
        files = {
            "items.csv": _csv(ITEMS, _items(scope, made)),
            "debtor.csv": _csv(DEBTOR, _debtor(scope, made)),
        }
        if made.kind != "bureau":
            history = list(_history(scope, made))
            files["history.csv"] = _csv(HISTORY, history)
            files |= _pages(scope, made, history, as_of)
    if made.kind == "legal":
        files |= _evidence(scope, made, as_of, now)
    return Files(placement_id, noun, files)


def record(scope: Scope, made: Files, *, as_of: dt.date, now: dt.datetime) -> None:
    """Keep that the files were given out, and which."""
    with tx.transaction_of(scope):
        models.Placement.objects.filter(
            organisation_id=scope.organisation_id, pk=made.placement
        ).update(exported_at=now)
        refs = {"placement": made.placement, "files": sorted(made.files), "on": as_of}
        journal.append(scope, "exported", refs=refs, at=now)


def _evidence(
    scope: Scope, made: models.Placement, as_of: dt.date, now: dt.datetime
) -> dict[str, bytes]:
    """Return the evidence file, which a court can check without us; only a lawyer gets it."""
    from dunwell.desk import evidence  # Typst is loaded only where a page is set

    file = evidence.make(
        scope, made.customer.reference, entity=made.entity.code, as_of=as_of, now=now
    )
    evidence.record(scope, file, now=now)
    return {f"{file.name}.zip": file.archive, f"{file.name}.pdf": file.document}


def _made(scope: Scope, placement_id: int, noun: str) -> models.Placement:
    made = (
        models.Placement.objects.filter(organisation_id=scope.organisation_id, pk=placement_id)
        .select_related("customer", "entity")
        .first()
    )
    if made is None or placement.NOUN[made.kind] != noun:
        raise Refused(f"unknown_{noun}", f"no {noun} {placement_id}; see `dunwell {noun} list`")
    return made


def _csv(heading: Sequence[str], rows: Sequence[Sequence[Any]] | Iterator[Sequence[Any]]) -> bytes:
    """Return CSV; text that a spreadsheet would take for a formula is made harmless."""
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(heading)
    for row in rows:
        sheet.writerow(["" if c is None else cells.safe_cell(c) for c in row])
    return out.getvalue().encode()


def _items(scope: Scope, made: models.Placement) -> Iterator[Sequence[Any]]:
    placed = dict((i, m) for i, m in made.items)
    for i in models.Item.objects.filter(
        organisation_id=scope.organisation_id, pk__in=list(placed)
    ).order_by("due_on", "number", "part"):
        yield (
            made.pk, made.customer.reference, f"{i.number}/{i.part}" if i.part else i.number,
            i.kind, i.issued_on, i.due_on, i.currency, money.to_decimal(i.amount_minor, i.currency),
            money.to_decimal(i.open_minor, i.currency),
            money.to_decimal(placed[i.pk], i.currency), i.po_number, i.description,
        )  # fmt: skip


def _debtor(scope: Scope, made: models.Placement) -> Iterator[Sequence[Any]]:
    """Yield who owes and how to reach them; a bureau gets the name and the address alone."""
    who = made.customer
    name = personal.read(scope, "customer", [who.pk], fields=["name"]).get((who.pk, "name"), "")
    contacts = list(
        models.Contact.objects.filter(organisation_id=scope.organisation_id, customer=who).order_by(
            "number", "role"
        )
    )
    kept = personal.read(scope, "contact", [c.pk for c in contacts])
    plain = (made.pk, who.reference, name, who.country, who.language, who.natural_person)
    if made.kind == "bureau":
        address = next((kept[k] for k in kept if k[1] == "letter"), "")
        yield (*plain, "", "", "", "", "", address)
        return
    for c in contacts:
        said = [kept.get((c.pk, field), "") for field in ("name", *_ADDRESSES)]
        yield (*plain, c.role, *said)
    if not contacts:
        yield (*plain, *[""] * 6)


def _history(scope: Scope, made: models.Placement) -> Iterator[Sequence[Any]]:
    """Yield what was done since the oldest item fell due, in order; no words anybody wrote."""
    ids = [i for i, _ in made.items]
    mine = {"organisation_id": scope.organisation_id, "customer_id": made.customer_id,
            "entity_id": made.entity_id}  # fmt: skip
    oldest = models.Item.objects.filter(organisation_id=scope.organisation_id, pk__in=ids)
    since = min(oldest.values_list("due_on", flat=True), default=made.placed_on)
    rows: list[tuple[Any, ...]] = [
        (o.on, "contact", o.channel, o.step)
        for o in models.Outreach.objects.filter(**mine, on__gte=since, voided_on__isnull=True)
    ]
    rows += [
        (c.on, "call", c.outcome, "")
        for c in models.Call.objects.filter(**mine, on__gte=since, withdrawn_on__isnull=True)
    ]
    rows += [
        (a.on, "payment", money.text(a.amount_minor, a.item.currency), a.item.number)
        for a in handoffs.paid(scope, ids)
    ]
    rows += [
        (s.from_on, s.kind.replace("_", " "), f"until {s.until_on or s.ended_on or '-'}", "")
        for s in models.Stop.objects.filter(
            organisation_id=scope.organisation_id, customer_id=made.customer_id,
            kind__in=("dispute", "promise", "plan"), from_on__gte=since,
        )
    ]  # fmt: skip
    yield from sorted(rows, key=lambda r: tuple(map(str, r)))


def _pages(
    scope: Scope, made: models.Placement, history: Sequence[Sequence[Any]], as_of: dt.date
) -> dict[str, bytes]:
    from dunwell.delivery import letter  # Typst is loaded only where a page is set

    label = placement.labels(scope, [i for i, _ in made.items])
    title = f"{made.entity.name or made.entity.code}: {made.customer.reference}, {as_of}"
    lines = [
        (label[i][0], label[i][1], money.text(m, label[i][1])) for i, m in made.items
    ]  # fmt: skip
    sums = [("Total", c, money.text(m, c)) for c, m in made.amounts]
    pages = {
        "statement.pdf": letter.table(
            title=f"Statement, {title}", heading=("Item", "Currency", "Placed"),
            rows=[*lines, *sums], strong=len(sums),
        ),
        "history.pdf": letter.table(
            title=f"History, {title}", heading=("Day", "What", "How", "Step"),
            rows=[[str(c or "") for c in row] for row in history],
        ),
    }  # fmt: skip
    demand = _final_demand(scope, made)
    return pages | ({"final-demand.pdf": demand} if demand else {})


def _final_demand(scope: Scope, made: models.Placement) -> bytes | None:
    """Return the last final demand as it went out: the letter, or the one a mail carried."""
    actions = models.Action.objects.filter(
        organisation_id=scope.organisation_id,
        entity_id=made.entity_id,
        customer_id=made.customer_id,
        state="sent",
        takes_step=True,
        channel__in=("letter", "email"),
        step=_last_step(scope, made),
    ).order_by("-channel", "-pk")
    for action in actions:
        raw = outbox.message_of(scope, action.pk)
        if raw is None:
            continue
        if action.channel == "letter":
            return raw
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        pdfs = [p for p in mail.walk() if p.get_content_type() == "application/pdf"]
        if pdfs:
            content: bytes = pdfs[-1].get_content()
            return content
    return None


def _last_step(scope: Scope, made: models.Placement) -> str:
    taken = (
        models.StepTaken.objects.filter(
            organisation_id=scope.organisation_id,
            item_id__in=[i for i, _ in made.items],
            voided_on__isnull=True,
        )
        .order_by("-on", "-pk")
        .first()
    )
    return taken.step if taken else ""
