"""The book: items, payments, allocations, and how they came in."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, link, unique, word

OPEN = models.Q(open_minor__gt=0)


class Item(Owned):
    """One amount on account. `open_minor`, `step*`, `is_plain` are caches (DATA.md 1.6).

    `taken` are its live steps (`book.taken_text`). `is_plain`: nothing but due date, go-live and
    steps taken tell when its next step opens: it was never paid and reopened, and names no
    payment method of its own.
    """

    entity = link("Entity")
    customer = link("Customer")
    kind = word(12)
    number = word(100)
    part = word(20)
    issued_on = models.DateField(null=True)
    due_on = models.DateField()
    currency = word(3)
    amount_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    taken = models.TextField(default="")
    step = word(42)
    step_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    applies_to = word(100)
    go_live_on = models.DateField(null=True)
    po_number = word(100)
    payment_method = word(40)
    description = word(500)
    document = word(500)
    undelivered_on = models.DateField(null=True)
    paid_gaps = models.JSONField(null=True)
    is_plain = models.BooleanField(default=True)
    due_derived = models.BooleanField(default=False)

    class Meta:
        db_table = "item"
        constraints = [
            unique("item", "entity", "customer", "kind", "number", "part"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, open_minor__gte=0), name="ck_item_amounts"
            ),
        ]
        indexes = [
            models.Index(
                fields=[
                    "organisation", "entity", "customer", "kind", "currency", "due_on",
                    "open_minor", "is_plain", "applies_to", "go_live_on", "taken", "issued_on",
                ],
                name="ix_item_look", condition=OPEN,
            ),
            models.Index(fields=["organisation", "number"], name="ix_item_number"),
        ]  # fmt: skip


class Payment(Owned):
    """Money received or taken back; `unapplied_minor` is the part matched to nothing."""

    entity = link("Entity")
    customer = link("Customer", null=True)
    reference = word(200)
    kind = word(10, default="payment")
    reverses = word(200)
    paid_on = models.DateField()
    currency = word(3)
    amount_minor = models.BigIntegerField()
    unapplied_minor = models.BigIntegerField(default=0)
    reversed_on = models.DateField(null=True)

    class Meta:
        db_table = "payment"
        constraints = [
            unique("payment", "entity", "reference"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, unapplied_minor__gte=0),
                name="ck_payment_amounts",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "customer", "paid_on"], name="ix_payment_customer"
            ),
            models.Index(fields=["organisation", "paid_on"], name="ix_payment_day"),
        ]


class Allocation(Owned):
    """A part of a payment or credit matched to an item. Append-only; taken back by a negative.

    `source` is payment, credit, opening (what had been paid before the book came in), or waived
    (a claim given up by name).
    """

    payment = link("Payment", null=True)
    item = link("Item")
    amount_minor = models.BigIntegerField()
    on = models.DateField()
    source = word(10, default="payment")

    class Meta:
        db_table = "allocation"
        indexes = [
            models.Index(fields=["organisation", "item"], name="ix_allocation_item"),
            models.Index(fields=["organisation", "payment"], name="ix_allocation_payment"),
        ]


class FxRate(Owned):
    currency = word(3)
    base = word(3)
    on = models.DateField()
    rate = word(40)

    class Meta:
        db_table = "fx_rate"
        constraints = [unique("fx_rate", "currency", "base", "on")]


class Order(Owned):
    """An open sales order, shown as leverage beside a credit hold."""

    entity = link("Entity")
    customer = link("Customer")
    number = word(100)
    currency = word(3)
    amount_minor = models.BigIntegerField()
    ordered_on = models.DateField(null=True)
    status = word(40)

    class Meta:
        db_table = "sales_order"
        constraints = [unique("sales_order", "entity", "customer", "number")]


class DueBin(Owned):
    """Open amounts by due date, for Today and Aging at a million items."""

    entity = link("Entity")
    currency = word(3)
    due_on = models.DateField()
    kind = word(12)
    open_minor = models.BigIntegerField(default=0)
    n = models.IntegerField(default=0)

    class Meta:
        db_table = "due_bin"
        constraints = [unique("due_bin", "entity", "currency", "due_on", "kind")]


class History(Owned):
    """What a row said before it was corrected (DATA.md 1.3)."""

    table = word(30)
    row = models.BigIntegerField()
    former = models.JSONField()
    recorded_at = models.DateTimeField()
    actor = word(100)

    class Meta:
        db_table = "history"
        indexes = [models.Index(fields=["organisation", "table", "row"], name="ix_history")]


class ImportBatch(Owned):
    """One file that came in, whole or not at all; until published the run is gated."""

    kind = word(12)
    file = word(300)
    sha256 = word(64)
    as_of = models.DateField()
    at = models.DateTimeField()
    state = word(12)
    counts = models.JSONField(default=dict)
    control_totals = models.JSONField(default=dict)
    actor = word(100)

    class Meta:
        db_table = "import_batch"
        indexes = [models.Index(fields=["organisation", "state", "kind"], name="ix_import_batch")]


class StagedRow(Owned):
    """Rows of a batch that is not whole yet, as JSON, in blocks."""

    batch = link("ImportBatch")
    n = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        db_table = "staged_row"
        constraints = [unique("staged_row", "batch", "n")]
