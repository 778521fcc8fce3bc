"""Take a file into the book: stage it whole, then publish it in short transactions.

Until a batch is published the run is gated; after a crash a batch that was staged whole is
published by the next command, one that was not is discarded: whole batch or none. Rows are
known by their identity, so publishing may be repeated (DATA.md 1.7, 3.5). Each step moves the
batch on by a conditional update: of two commands at the same batch one goes on, the other
says that it was overtaken.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from dunwell.core import rows
from dunwell.core.complaints import Complaint
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import likelihood, rehearse, settle
from dunwell.store import journal, models, tx
from dunwell.store.records import book, cash, families, items, people, watch
from dunwell.store.records.inbound import Inbound, Outcome

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
BLOCK = 200
"""Rows of a file a transaction takes: an item may write eight rows of the book, a customer too."""
CONTACTS_BLOCK = 150
"""A contact may write ten: itself, four routes, its name and its addresses."""

_encoder = msgspec.msgpack.Encoder()
Identity = tuple[str, str, str, str, str]


class Batch(Protocol):
    """A part of a file, as intake reads it."""

    @property
    def rows(self) -> tuple[Any, ...]: ...
    @property
    def complaints(self) -> tuple[Complaint, ...]: ...


class Report(NamedTuple):
    """What came of a file: counts, complaints, totals by currency, and what a full list lacks.

    Of a dry run: what would come of it; `changes` are the first of those, and `book` is what
    would be open, by currency, for a file of items.
    """

    kind: str
    file: str
    as_of: dt.date
    state: str
    counts: dict[str, int]
    complaints: list[Complaint]
    totals: dict[str, int]
    control: dict[str, tuple[int, int]]
    settled: list[str]
    changes: tuple[rehearse.Change, ...] = ()
    book: dict[str, int] = {}  # noqa: RUF012  never written to

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
    seen: Callable[[Any], None] = lambda _row: None,
) -> Report:
    """Take one file in and report on it; the same file twice changes nothing.

    `control` holds what the ledger says is open, by currency in minor units, for items. A dry
    run takes nothing and says what would be taken; a strict one that has something to complain
    about takes nothing either. `seen` is shown each good row, `progress` told how many rows are
    read, then how many are in.
    Raises: Refused when no entity is set up, or another command took the import over.
    """
    finish_others(scope, now=now)
    row = _begin(scope, kind, file=file, sha256=sha256, as_of=as_of, now=now)
    take = _Import(scope, row, now=now, progress=progress, seen=seen)
    settled: list[str] = []
    rehearsed = rehearse.Rehearsed()
    try:
        take.stage(batches)
        is_refused = is_strict and any(c.severity == "error" for c in take.complaints)
        if is_dry or is_refused:
            if is_dry:
                rehearsed = take.try_out(is_full=is_full)
                settled = rehearsed.settled
            _discard(scope, row)
        else:
            take.seal_stage(is_full=is_full)
            settled = take.publish()
    except BaseException:
        if row.state == "staging":
            _discard(scope, row)
        raise
    is_taken = row.state == "published"
    found = rehearse.open_totals(scope) if kind == "items" and is_taken else take.totals
    checked = {c: (want, found.get(c, 0)) for c, want in (control or {}).items()}
    state = "published" if is_taken else "dry run" if is_dry else "refused"
    if is_taken:
        take.keep_counts(checked, settled)
    return Report(
        kind, file, as_of, state, take.plain_counts, take.complaints, take.totals, checked,
        settled, tuple(rehearsed.changes), rehearsed.book,
    )  # fmt: skip


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
        if row.state == "staging":
            _discard(scope, row)
            done.append(f"{row.file}: was not whole, discarded")
            continue
        take = _Import(scope, row, now=now)
        take.keep_counts({}, take.publish())
        done.append(f"{row.file}: finished, {len(take.complaints)} complaints")
    return done


class _Import:
    """One batch on its way into the book: what it holds, and what is wrong with it."""

    def __init__(
        self,
        scope: Scope,
        row: models.ImportBatch,
        *,
        now: dt.datetime,
        progress: Callable[[int], None] = lambda _n: None,
        seen: Callable[[Any], None] = lambda _row: None,
    ) -> None:
        self.scope, self.row, self.now = scope, row, now
        self.progress, self.seen = progress, seen
        self.inbound = _inbound(scope, row, now)
        self.complaints: list[Complaint] = []
        self.counts: Counter[str] = Counter()
        self.totals: dict[str, int] = {}
        self._moved: set[int] = set()
        self._blocks = 0

    @property
    def plain_counts(self) -> dict[str, int]:
        """Return the counts as the report shows them."""
        return dict(self.counts)

    def stage(self, batches: Iterable[Batch]) -> None:
        """Keep the typed rows of the whole file beside the book, in blocks.

        Reversals go to the end: in a file they may stand before the payment they take back.
        """
        late: list[Any] = []
        for batch in batches:
            self.counts["rows"] += len(batch.rows)
            wrong = [(r, w) for r in batch.rows if (w := self.inbound.fault(r)) is not None]
            faulty = {id(r) for r, _ in wrong}
            good = [r for r in batch.rows if id(r) not in faulty]
            found = [*batch.complaints, *(w for _, w in wrong)]
            self.complaints += found
            self.counts["rows_refused"] += len({c.line for c in found if c.severity == "error"})
            for r in good:
                self._count(r)
                self.seen(r)
            late += [r for r in good if _is_reversal(r)]
            self._keep([r for r in good if not _is_reversal(r)])
            self.progress(self.counts["rows"])
        self._keep(late)

    def seal_stage(self, *, is_full: bool) -> None:
        """Mark that the file is staged whole: from here on it goes in, crash or not."""
        refused = self.counts["rows_refused"]
        counts = {"blocks": self._blocks, "is_full": is_full, "refused": refused}
        with tx.transaction_of(self.scope):
            _advance(self.scope, self.row, "staging", "staged", counts=counts)

    def publish(self) -> list[str]:
        """Bring the staged blocks into the book, each in a transaction of its own.

        Returns the items a full list lacks, which are presumed settled.
        """
        is_full = bool(self.row.counts.get("is_full")) and self.row.kind == "items"
        seen: set[Identity] = set()
        main = self.inbound.default_entity.code
        live: set[str] = set()
        done = 0
        for n in self._block_numbers():
            part = self._publish_block(n)
            done += len(part)
            self.progress(done)
            if self.row.kind == "items":
                live |= {r.entity or main for r in part}
            if is_full:
                seen |= {(r.entity or main, r.customer, r.kind, r.number, r.part) for r in part}
        settled: list[str] = []
        if is_full and self.row.counts.get("refused"):
            self.complaints.append(self._not_settled())
        elif is_full:
            settled = self._settle_missing(seen)
        with tx.transaction_of(self.scope):
            _advance(self.scope, self.row, "staged", "published")
            _drop_blocks(self.scope, self.row)
            if live:
                models.Entity.objects.filter(
                    organisation_id=self.scope.organisation_id,
                    code__in=live,
                    went_live_on__isnull=True,
                ).update(went_live_on=self.row.as_of)
        settle.after_money(self.scope, self._moved, as_of=self.row.as_of, now=self.now)
        if self.row.kind in ("items", "payments"):
            likelihood.count_ahead(self.scope, as_of=self.row.as_of)
        return settled

    def keep_counts(self, control: dict[str, tuple[int, int]], settled: list[str]) -> None:
        """Keep on the batch what came of it."""
        more = {"complaints": len(self.complaints), "settled": len(settled)}
        self.row.counts = self.plain_counts | more
        self.row.control_totals = {c: list(pair) for c, pair in control.items()}
        with tx.transaction_of(self.scope):
            self.row.save(update_fields=["counts", "control_totals"])

    def _count(self, r: Any) -> None:
        """Add a row up, by currency."""
        if isinstance(r, rows.ItemRow):
            sign = -1 if r.kind == "credit_note" else 1
            minor = r.amount_minor if r.open_minor is None else r.open_minor
            is_from_customer = r.due_on is None and r.kind != "credit_note"
            self.counts["due_derived"] += r.due_derived or is_from_customer
        elif isinstance(r, rows.PaymentRow):
            sign, minor = -1 if _is_reversal(r) else 1, r.amount_minor
        else:
            return
        currency = r.currency or ""
        self.totals[currency] = self.totals.get(currency, 0) + sign * minor

    def _keep(self, part: Sequence[Any]) -> None:
        """Write rows as the next blocks."""
        size = min(BLOCK, CONTACTS_BLOCK) if self.row.kind == "contacts" else BLOCK
        for start in range(0, len(part), size):
            self._blocks += 1
            with tx.transaction_of(self.scope):
                _advance(self.scope, self.row, "staging", "staging")
                models.StagedRow.objects.create(
                    organisation_id=self.scope.organisation_id,
                    batch=self.row,
                    n=self._blocks,
                    body=_encoder.encode(part[start : start + size]),
                )

    def _block_numbers(self) -> list[int]:
        with tx.transaction_of(self.scope):
            return list(
                models.StagedRow.objects.filter(
                    organisation_id=self.scope.organisation_id, batch=self.row
                )
                .order_by("n")
                .values_list("n", flat=True)
            )

    def _block(self, n: int) -> tuple[Any, ...]:
        kind_of_row: Any = tuple.__class_getitem__((_TYPES[self.row.kind], ...))
        with tx.transaction_of(self.scope):
            block = models.StagedRow.objects.get(
                organisation_id=self.scope.organisation_id, batch=self.row, n=n
            )
        part: tuple[Any, ...] = msgspec.msgpack.decode(bytes(block.body), type=kind_of_row)
        return part

    def _publish_block(self, n: int) -> tuple[Any, ...]:
        with tx.transaction_of(self.scope):
            _advance(self.scope, self.row, "staged", "staged")
            part = self._block(n)
            outcome = _take(self.scope, self.row.kind, part, self.inbound)
            watch.touch(self.scope, outcome.touched)
            self._moved |= {customer for _, customer in outcome.touched}
            refs = {"batch": self.row.pk, "block": n, "kind": self.row.kind, **outcome.counts}
            journal.append(self.scope, "imported", refs=refs, at=self.now)
        self.counts.update(outcome.counts)
        self.complaints += outcome.complaints
        return part

    def try_out(self, *, is_full: bool) -> rehearse.Rehearsed:
        """Say what publishing would do, by doing it and taking it back."""
        main = self.inbound.default_entity.code
        is_settling = is_full and self.row.kind == "items" and not self.counts["rows_refused"]
        found = rehearse.run(
            self.scope, self.row.kind,
            blocks=lambda: map(self._block, self._block_numbers()),
            take=lambda part: _take(self.scope, self.row.kind, part, self.inbound),
            identity=lambda r: (r.entity or main, r.customer, r.kind, r.number, r.part),
            gone=self._gone if is_settling else None, progress=self.progress,
        )  # fmt: skip
        self.counts.update(found.counts)
        self.complaints += found.complaints
        return found

    def _not_settled(self) -> Complaint:
        """A list of which a line was refused is not complete: nothing is presumed settled."""
        return Complaint(
            file=self.row.file, line=None, column=None, severity="note",
            found=f"{self.row.counts['refused']} rows refused",
            want="a full list without faulty rows; nothing missing from it is presumed settled",
        )  # fmt: skip

    def _settle_missing(self, seen: set[Identity]) -> list[str]:
        """Presume settled what the entities a full list names have open and it does not hold."""
        settled: list[str] = []
        for code in sorted({key[0] for key in seen}):
            gone = sorted(item.pk for item in self._gone(code, seen))
            for start in range(0, len(gone), BLOCK):
                part = gone[start : start + BLOCK]
                with tx.transaction_of(self.scope):
                    labels, touched = items.settle_missing(
                        self.scope, part, as_of=self.row.as_of, at=self.now
                    )
                    watch.touch(self.scope, touched)
                    self._moved |= {customer for _, customer in touched}
                settled += labels
        return settled

    def _gone(self, code: str, seen: set[Identity]) -> list[rehearse.Gone]:
        """Return what an entity has open that a full list does not hold."""
        with tx.transaction_of(self.scope):
            still_open = models.Item.objects.filter(
                organisation_id=self.scope.organisation_id,
                entity=self.inbound.entities[code],
                open_minor__gt=0,
            ).values_list(
                "pk", "customer__reference", "kind", "number", "part", "currency", "open_minor"
            )
            found = (rehearse.Gone(*values) for values in still_open.iterator())
            return [g for g in found if (code, g.customer, g.kind, g.number, g.part) not in seen]


def _begin(
    scope: Scope, kind: str, *, file: str, sha256: str, as_of: dt.date, now: dt.datetime
) -> models.ImportBatch:
    with tx.transaction_of(scope):
        return models.ImportBatch.objects.create(
            organisation_id=scope.organisation_id,
            kind=kind,
            file=file,
            sha256=sha256,
            as_of=as_of,
            at=now,
            state="staging",
            actor=scope.actor,
        )


def _inbound(scope: Scope, row: models.ImportBatch, now: dt.datetime) -> Inbound:
    """Return what the rows of a batch meet.

    Raises: Refused when no entity is set up.
    """
    with tx.transaction_of(scope):
        found = models.Entity.objects.filter(organisation_id=scope.organisation_id)
        entities = {e.code: e for e in found.order_by("pk")}
    if not entities:
        raise Refused("not_set_up", "no entity here yet; run `dunwell init` first")
    return Inbound(row.file, row.as_of, now, entities, next(iter(entities.values())))


def _advance(scope: Scope, row: models.ImportBatch, state: str, to: str, **fields: Any) -> None:
    """Move a batch from one state to the next, unless another command already has.

    Raises: Refused when it has: a command that found this import unfinished took it over.
    """
    mine = models.ImportBatch.objects.filter(
        organisation_id=scope.organisation_id, pk=row.pk, state=state
    )
    if not mine.update(state=to, **fields):
        raise Refused("import_overtaken", f"another command took over {row.file}; import it again")
    row.state = to
    for name, value in fields.items():
        setattr(row, name, value)


def _is_reversal(r: Any) -> bool:
    return isinstance(r, rows.PaymentRow) and r.kind == "reversal"


def _take(scope: Scope, kind: str, part: tuple[Any, ...], inbound: Inbound) -> Outcome:
    if kind == "customers":
        names = {r.reference for r in part}
        before = families.payers(scope, names)
        counts = people.upsert_customers(scope, part, at=inbound.at)
        families.regroup(
            scope, people.ids_of(scope, names), before=before, on=inbound.as_of, at=inbound.at
        )
        return Outcome(counts, [], set())
    if kind == "contacts":
        counts = people.upsert_contacts(scope, part, at=inbound.at)
        watch.wake(scope, people.ids_of(scope, {r.customer for r in part}))
        return Outcome(counts, [], set())
    if kind == "items":
        return items.upsert_items(scope, part, inbound)
    if kind == "payments":
        return cash.upsert_payments(scope, part, inbound)
    if kind == "history":
        return book.record_history(scope, part, inbound)
    if kind == "rates":
        return book.upsert_rates(scope, part)
    return book.upsert_orders(scope, part, inbound)


def _discard(scope: Scope, row: models.ImportBatch) -> None:
    """Drop a batch that did not come in whole, or was not meant to."""
    with tx.transaction_of(scope):
        mine = models.ImportBatch.objects.filter(
            organisation_id=scope.organisation_id, pk=row.pk, state="staging"
        )
        if mine.update(state="discarded"):
            _drop_blocks(scope, row)
            row.state = "discarded"


def _drop_blocks(scope: Scope, row: models.ImportBatch) -> None:
    models.StagedRow.objects.filter(organisation_id=scope.organisation_id, batch=row).delete()
