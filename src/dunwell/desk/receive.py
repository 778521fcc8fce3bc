"""Take a file into the book: stage it whole, then publish it in short transactions.

Until a batch is published the run is gated; after a crash a batch that was staged whole is
published by the next command, one that was not is discarded: whole batch or none. Rows are
known by their identity, so publishing may be repeated (DATA.md 1.7, 3.5).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

import msgspec

from dunwell.core import rows
from dunwell.core.complaints import Complaint
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import journal, models, tx
from dunwell.store.records import book, people, watch

_TYPES: dict[str, Any] = {
    "customers": rows.CustomerRow,
    "contacts": rows.ContactRow,
    "items": rows.ItemRow,
    "payments": rows.PaymentRow,
    "history": rows.HistoryRow,
    "rates": rows.RateRow,
    "orders": rows.OrderRow,
}
KINDS = tuple(_TYPES)
BLOCK = 400  # an item may bring an allocation, a bin, a history row and a watch with it


class Batch(Protocol):
    """A part of a file, as intake reads it."""

    @property
    def rows(self) -> tuple[Any, ...]: ...
    @property
    def complaints(self) -> tuple[Complaint, ...]: ...


class Report(NamedTuple):
    """What came of a file: counts, complaints, totals by currency, and what a full list lacks."""

    kind: str
    file: str
    as_of: dt.date
    state: str
    counts: dict[str, int]
    complaints: list[Complaint]
    totals: dict[str, int]
    control: dict[str, tuple[int, int]]
    settled: list[str]

    @property
    def ties_out(self) -> bool:
        """Tell whether every control total given was met."""
        return all(want == found for want, found in self.control.values())


def run(
    scope: Scope,
    kind: str,
    batches: Iterable[Batch],
    *,
    file: str,
    sha256: str,
    as_of: dt.date,
    now: dt.datetime,
    is_dry: bool = False,
    is_strict: bool = False,
    is_full: bool = False,
    control: dict[str, int] | None = None,
    progress: Callable[[int], None] = lambda _n: None,
) -> Report:
    """Take one file in and report on it; the same file twice changes nothing.

    `control` holds what the ledger says is open, by currency in minor units, for items.
    Raises: Refused when there is nothing to take in strict mode because of complaints.
    """
    finish_others(scope, now=now)
    complaints: list[Complaint] = []
    counts: Counter[str] = Counter()
    with tx.transaction_of(scope):
        batch_row = models.ImportBatch.objects.create(
            organisation_id=scope.organisation_id,
            kind=kind,
            file=file,
            sha256=sha256,
            as_of=as_of,
            at=now,
            state="staging",
            actor=scope.actor,
        )
    try:
        blocks = _stage(scope, batch_row, batches, complaints, counts, progress)
        errors = [c for c in complaints if c.severity == "error"]
        totals = {k[6:]: v for k, v in counts.items() if k.startswith("total:")}
        if is_dry or (is_strict and errors):
            _discard(scope, batch_row)
            state = "dry run" if is_dry else "refused"
            plain = {k: v for k, v in counts.items() if ":" not in k}
            checked = _check(control or {}, totals)
            return Report(kind, file, as_of, state, plain, complaints, totals, checked, [])
        with tx.transaction_of(scope):
            batch_row.state = "staged"
            batch_row.counts = {
                "blocks": blocks, "is_full": is_full, "refused": counts["rows_refused"],
            }  # fmt: skip
            batch_row.save(update_fields=["state", "counts"])
        settled = _publish(scope, batch_row, complaints, counts, now=now)
    except BaseException:
        if batch_row.state == "staging":
            _discard(scope, batch_row)
        raise
    plain = {k: v for k, v in counts.items() if ":" not in k}
    checked = _check(control or {}, _open_totals(scope) if kind == "items" else totals)
    with tx.transaction_of(scope):
        batch_row.counts = plain | {"complaints": len(complaints), "settled": len(settled)}
        batch_row.control_totals = {c: list(pair) for c, pair in checked.items()}
        batch_row.save(update_fields=["counts", "control_totals"])
    return Report(kind, file, as_of, "published", plain, complaints, totals, checked, settled)


def finish_others(scope: Scope, *, now: dt.datetime) -> list[str]:
    """Finish what a crash left: publish what was staged whole, discard what was not."""
    with tx.transaction_of(scope):
        left = list(
            models.ImportBatch.objects.filter(
                organisation_id=scope.organisation_id, state__in=("staging", "staged")
            ).order_by("pk")
        )
    done = []
    for row in left:
        if row.state == "staged":
            _publish(scope, row, [], Counter(), now=now)
            done.append(f"{row.file}: finished")
        else:
            _discard(scope, row)
            done.append(f"{row.file}: was not whole, discarded")
    return done


def _stage(
    scope: Scope,
    row: models.ImportBatch,
    batches: Iterable[Batch],
    complaints: list[Complaint],
    counts: Counter[str],
    progress: Callable[[int], None],
) -> int:
    """Keep the typed rows of the whole file beside the book, in blocks."""
    n = 0
    encoder = msgspec.msgpack.Encoder()
    for batch in batches:
        complaints.extend(batch.complaints)
        counts["rows"] += len(batch.rows)
        counts["rows_refused"] += sum(c.severity == "error" for c in batch.complaints)
        for r in batch.rows:
            if isinstance(r, rows.ItemRow):
                sign = -1 if r.kind == "credit_note" else 1
                minor = r.amount_minor if r.open_minor is None else r.open_minor
                counts[f"total:{r.currency or ''}"] += sign * minor
                counts["due_derived"] += r.due_derived
            elif isinstance(r, rows.PaymentRow):
                sign = -1 if r.kind == "reversal" else 1
                counts[f"total:{r.currency or ''}"] += sign * r.amount_minor
        if batch.rows:
            n += 1
            with tx.transaction_of(scope):
                models.StagedRow.objects.create(
                    organisation_id=scope.organisation_id,
                    batch=row,
                    n=n,
                    body=encoder.encode(batch.rows),
                )
        progress(counts["rows"])
    return n


def _publish(
    scope: Scope,
    row: models.ImportBatch,
    complaints: list[Complaint],
    counts: Counter[str],
    *,
    now: dt.datetime,
) -> list[str]:
    """Bring the staged blocks into the book, each in a transaction of its own."""
    entities, numbers = _staged(scope, row)
    first = min(entities.values(), key=lambda e: e.pk)
    inbound = book.Inbound(row.file, row.as_of, now, entities, first)
    kind_of_row: Any = tuple.__class_getitem__((_TYPES[row.kind], ...))
    decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(kind_of_row)
    is_full = bool(row.counts.get("is_full")) and row.kind == "items"
    seen: set[tuple[str, str, str, str, str]] = set()
    for n in numbers:
        with tx.transaction_of(scope):
            block = models.StagedRow.objects.get(
                organisation_id=scope.organisation_id, batch=row, n=n
            )
            part = decoder.decode(bytes(block.body))
            outcome = _take(scope, row.kind, part, inbound)
            counts.update(outcome.counts)
            complaints.extend(outcome.complaints)
            watch.touch(scope, outcome.touched)
            refs = {"batch": row.pk, "block": n, "kind": row.kind, **outcome.counts}
            journal.append(scope, "imported", refs=refs, at=now)
        if is_full:
            seen |= {(r.entity or first.code, r.customer, r.kind, r.number, r.part) for r in part}
    settled: list[str] = []
    if is_full and row.counts.get("refused"):
        complaints.append(_not_settled(row))
    elif is_full:
        settled = _settle_missing(scope, entities, seen, row, now)
    with tx.transaction_of(scope):
        if row.kind == "items":
            models.Entity.objects.filter(
                organisation_id=scope.organisation_id, went_live_on__isnull=True
            ).update(went_live_on=row.as_of)
        row.state = "published"
        row.save(update_fields=["state"])
        models.StagedRow.objects.filter(organisation_id=scope.organisation_id, batch=row).delete()
    return settled


def _staged(scope: Scope, row: models.ImportBatch) -> tuple[dict[str, models.Entity], list[int]]:
    """Return the entities a batch may name and the numbers of its blocks.

    Raises: Refused when no entity is set up.
    """
    with tx.transaction_of(scope):
        found = models.Entity.objects.filter(organisation_id=scope.organisation_id)
        entities = {e.code: e for e in found}
        numbers = list(
            models.StagedRow.objects.filter(organisation_id=scope.organisation_id, batch=row)
            .order_by("n")
            .values_list("n", flat=True)
        )
    if not entities:
        raise Refused("not_set_up", "no entity here yet; run `dunwell init` first")
    return entities, numbers


def _not_settled(row: models.ImportBatch) -> Complaint:
    """A list of which a line could not be read is not complete: nothing is presumed settled."""
    return Complaint(
        file=row.file, line=None, column=None, found=f"{row.counts['refused']} rows refused",
        want="a full list without faulty rows; nothing missing from it is presumed settled",
        severity="note",
    )  # fmt: skip


def _settle_missing(
    scope: Scope,
    entities: dict[str, models.Entity],
    seen: set[tuple[str, str, str, str, str]],
    row: models.ImportBatch,
    now: dt.datetime,
) -> list[str]:
    """Presume settled what the entities a full list names have open and it does not hold."""
    settled: list[str] = []
    for code in sorted({key[0] for key in seen} & set(entities)):
        with tx.transaction_of(scope):
            rows_open = models.Item.objects.filter(
                organisation_id=scope.organisation_id, entity=entities[code], open_minor__gt=0
            ).values_list("pk", "customer__reference", "kind", "number", "part")
            gone = sorted(pk for pk, *key in rows_open.iterator() if (code, *key) not in seen)
        for start in range(0, len(gone), BLOCK):
            with tx.transaction_of(scope):
                part = gone[start : start + BLOCK]
                labels, touched = book.settle_missing(scope, part, as_of=row.as_of, at=now)
                watch.touch(scope, touched)
                settled += labels
    return settled


def _take(scope: Scope, kind: str, part: tuple[Any, ...], inbound: book.Inbound) -> book.Outcome:
    if kind == "customers":
        counts = people.upsert_customers(scope, part, at=inbound.at)
        watch.wake(scope, people.ids_of(scope, {r.reference for r in part}))
        return book.Outcome(counts, [], set())
    if kind == "contacts":
        counts = people.upsert_contacts(scope, part)
        watch.wake(scope, people.ids_of(scope, {r.customer for r in part}))
        return book.Outcome(counts, [], set())
    if kind == "items":
        return book.upsert_items(scope, part, inbound)
    if kind == "payments":
        return book.upsert_payments(scope, part, inbound)
    if kind == "history":
        return book.record_history(scope, part, inbound)
    if kind == "rates":
        return book.upsert_rates(scope, part)
    return book.upsert_orders(scope, part, inbound)


def _discard(scope: Scope, row: models.ImportBatch) -> None:
    with tx.transaction_of(scope):
        models.StagedRow.objects.filter(organisation_id=scope.organisation_id, batch=row).delete()
        row.state = "discarded"
        row.save(update_fields=["state"])


def _open_totals(scope: Scope) -> dict[str, int]:
    """Return the whole open balance by currency: debits less credit notes."""
    totals: dict[str, int] = {}
    with tx.transaction_of(scope):
        for currency, kind, minor in models.DueBin.objects.filter(
            organisation_id=scope.organisation_id
        ).values_list("currency", "kind", "open_minor"):
            sign = -1 if kind == "credit_note" else 1
            totals[currency] = totals.get(currency, 0) + sign * minor
    return totals


def _check(control: dict[str, int], totals: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Set each control total beside what was found (SEMANTICS 3.5)."""
    return {c: (want, totals.get(c, 0)) for c, want in control.items()}
