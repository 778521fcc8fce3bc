"""The end of the ladder: agency, lawyer, write-off, insolvency; and the law (SEMANTICS 7, 13)."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, link, unique, word


class Placement(Owned):
    """Items handed to an agency or a lawyer, or reported to a bureau; its stop keeps them.

    `kind`: agency, legal, bureau. `items` is [[item, minor], …] as handed over; `expected` the
    cost and benefit shown when it was approved. `hold` keeps what came back until a person has
    decided. `paid_before` are the allocations of its items when it was handed over, `reported`
    those of which the agency was to be told.
    """

    stop = link("Stop", null=True)
    hold = link("Stop", null=True)
    entity = link("Entity")
    customer = link("Customer")
    kind = word(10)
    partner = word(100)
    approval_key = word(32)
    placed_on = models.DateField()
    items = models.JSONField(default=list)
    amounts = models.JSONField(default=list)
    commission_percent = word(12)
    expected = models.JSONField(default=dict)
    state = word(10, default="placed")
    recalled_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    exported_at = models.DateTimeField(null=True)
    paid_before = models.JSONField(default=list)
    reported = models.JSONField(default=list)
    reason = word(200)

    class Meta:
        db_table = "placement"
        indexes = [
            models.Index(
                fields=["organisation", "entity", "customer"], name="ix_placement_customer"
            )
        ]


class ChecklistMark(Owned):
    """A row of the pre-agency checklist a person filled or waived by name, with the evidence."""

    entity = link("Entity")
    customer = link("Customer")
    case_no = models.IntegerField()
    row = word(30)
    state = word(10)
    evidence = word(300)
    by = word(100)
    on = models.DateField()

    class Meta:
        db_table = "checklist_mark"
        constraints = [unique("checklist_mark", "entity", "customer", "case_no", "row")]


class WriteOff(Owned):
    """What is to be given up, by whom and why; reversible: its stop ends.

    `state`: asked, written_off, refused, reversed. `items` is [[item, minor, is whole], …];
    `reported` are the allocations of its items that are known of.
    """

    stop = link("Stop", null=True)
    entity = link("Entity")
    customer = link("Customer")
    approval_key = word(32)
    items = models.JSONField(default=list)
    amounts = models.JSONField(default=list)
    reason = word(200)
    state = word(12, default="asked")
    proposed_by = word(100)
    on = models.DateField()
    reversed_on = models.DateField(null=True)
    reported = models.JSONField(default=list)

    class Meta:
        db_table = "write_off"
        constraints = [unique("write_off", "stop")]


class Insolvency(Owned):
    """A filing: a hard stop for the whole customer over all entities from its day."""

    stop = link("Stop")
    customer = link("Customer")
    kind = word(30)
    filed_on = models.DateField()
    court_reference = word(100)
    claim_due_on = models.DateField(null=True)
    claimed_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    closed_reason = word(200)

    class Meta:
        db_table = "insolvency"
        constraints = [unique("insolvency", "stop")]


class LawRow(Owned):
    """One dated row of law or contract the user added to those that are shipped (SEMANTICS 13)."""

    jurisdiction = word(20)
    debtor_type = word(20)
    creditor_role = word(20)
    rule = word(40)
    value = word(60)
    valid_from_on = models.DateField()
    valid_to_on = models.DateField(null=True)
    source = word(300)
    added_by = word(100)
    added_at = models.DateTimeField()

    class Meta:
        db_table = "law_row"
        constraints = [
            unique(
                "law_row", "jurisdiction", "debtor_type", "creditor_role", "rule", "valid_from_on"
            )
        ]


class Claim(Owned):
    """Interest or compensation asked for beside an item: an item of its own, until waived."""

    item = link("Item")
    principal = link("Item")
    kind = word(20)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    basis = models.JSONField(default=dict)
    waived_on = models.DateField(null=True)
    waived_by = word(100)
    reason = word(200)

    class Meta:
        db_table = "claim"
        constraints = [unique("claim", "item")]
        indexes = [models.Index(fields=["organisation", "principal"], name="ix_claim_principal")]
