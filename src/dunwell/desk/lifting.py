"""When a suspension or credit hold is over, and when what was lifted is proposed again.

Over: all it names is paid, credit included, or a plan that covers it is in force and has its
first instalment. A part payment, a promise or a dispute does not lift it, and a newer debt does
not hold it. What money lifted is proposed again when that money goes back, what a plan lifted
when the plan is in default (SEMANTICS 3.6, 7). Runs the same minute money comes in; it uses no
network: the calls it makes ready are carried by the next `hook send`.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection

from dunwell.core import money, position
from dunwell.core import policy as core_policy
from dunwell.core.scope import Scope
from dunwell.desk import grounds, measure, plan
from dunwell.store import facts, models, policies, tx
from dunwell.store.records import questions, tasks

log = logging.getLogger("dunwell.lifting")
SILENT_DAYS = 1
"""Days after which a system that has taken a call and confirmed nothing is looked after."""


def judge(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Lift what is over, take back what is asked for nothing, propose again what came back.

    Each measure in a transaction of its own, so that one's error stops no other (6.7).
    Raises: the first error, after all were judged.
    """
    errors: list[Exception] = []
    candidates = _candidates(scope, customers)
    with tx.reading(scope):
        rows = list(
            models.Measure.objects.filter(
                organisation_id=scope.organisation_id, pk__in=candidates
            ).select_related("entity")
        )
        owed = grounds.owed_by(scope, rows, as_of=as_of)
        planned = _with_plans(scope)
        unpaid = grounds.unpaid(scope, {i for row in rows for i in row.items})
    for pk in sorted(r.pk for r in rows if not _stands(r, owed, unpaid, planned)):
        try:
            with tx.transaction_of(scope):
                _judge(scope, pk, owed, planned, as_of, now)
        except Exception as error:
            log.exception("measure %s could not be judged", pk)
            errors.append(error)
    _take_back_questions(scope, customers, as_of)
    if errors:
        raise errors[0]


def _stands(row: models.Measure, owed: grounds.Owed, unpaid: set[int], planned: set[int]) -> bool:
    """Tell whether a measure goes on as it is: what it names is owed, and no plan is about it."""
    if row.state not in ("proposed", "approved", "in_force") or row.customer_id in planned:
        return False
    return bool(unpaid.intersection(row.items) & owed[row.entity_id, row.customer_id].keys())


def silent(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Put before a person what another system has taken and not confirmed for a day."""
    with tx.transaction_of(scope):
        calls = models.HookCall.objects.filter(
            organisation_id=scope.organisation_id, state="accepted",
            answered_at__lt=now - dt.timedelta(days=SILENT_DAYS),
            measure__state__in=("approved", "lifting"),
        ).select_related("hook", "measure")  # fmt: skip
        wanted = [
            tasks.Wanted(
                "system_silent", measure.cause(c.measure, c.event), c.measure.entity_id,
                c.measure.customer_id,
                note=f"{c.hook.name} has not confirmed {c.event} of {c.measure.pk}.",
            )
            for c in calls.order_by("pk")
            if c.measure is not None and _waits_for(c.measure, c.event)
        ]  # fmt: skip
        tasks.open_all(scope, wanted, on=as_of, at=now)


def _waits_for(row: models.Measure, event: str) -> bool:
    return event == f"{row.kind}.{'requested' if row.state == 'approved' else 'lifted'}"


def _candidates(scope: Scope, customers: Collection[int] | None) -> list[int]:
    """Return the measures money may have ended, or brought back."""
    with tx.reading(scope):
        rows = models.Measure.objects.filter(
            organisation_id=scope.organisation_id, kind__in=measure.KINDS
        )
        if customers is not None:
            rows = rows.filter(customer_id__in=_with_payers(scope, customers))
        runs = list(
            rows.filter(state__in=("proposed", "approved", "in_force")).values_list("pk", flat=True)
        )
        over = [
            (pk, items)
            for pk, items, details in rows.filter(state__in=("lifting", "lifted")).values_list(
                "pk", "items", "details"
            )
            if details.get("lifted_by") in ("paid", "plan")
        ]
        back = grounds.unpaid(scope, {i for _, items in over for i in items})
        return sorted({*runs, *(pk for pk, items in over if back.intersection(items))})


def _with_payers(scope: Scope, customers: Collection[int]) -> set[int]:
    payer_of = facts.families(scope).payer_of
    return {*customers, *(payer_of[c] for c in customers if c in payer_of)}


def _judge(
    scope: Scope, pk: int, owed: grounds.Owed, planned: set[int], as_of: dt.date, now: dt.datetime
) -> None:
    row = (
        models.Measure.objects.select_for_update()
        .filter(organisation_id=scope.organisation_id, pk=pk)
        .get()
    )
    how = over(scope, row, owed[row.entity_id, row.customer_id], planned, as_of)
    if row.state == "proposed" and how == "paid":
        measure.withdraw(scope, row)
    elif row.state in ("approved", "in_force") and how:
        if how == "paid":
            row.details = {**row.details, "paid_by": _payments(scope, row)}
        measure.lift(scope, row, why=how, on=as_of, now=now)
    elif row.state in ("lifting", "lifted") and not how:
        _ask_again(scope, row, as_of, now)


def over(
    scope: Scope, row: models.Measure, owed: dict[int, position.Standing], planned: set[int],
    as_of: dt.date,
) -> str:  # fmt: skip
    """Return why a measure is over: paid, plan, or "" while it is not."""
    still_open = grounds.unpaid(scope, row.items)
    if not still_open & owed.keys():
        return "paid"
    if row.customer_id not in planned:
        return ""
    return "plan" if _is_planned(scope, row, still_open, as_of) else ""


def _with_plans(scope: Scope) -> set[int]:
    """Return the customers with a plan that runs or was kept, and who pays for them."""
    plans = models.Plan.objects.filter(
        organisation_id=scope.organisation_id, state__in=("running", "kept")
    )
    return _with_payers(scope, set(plans.values_list("stop__customer_id", flat=True)))


def _is_planned(scope: Scope, row: models.Measure, items: set[int], as_of: dt.date) -> bool:
    """Tell whether plans that run cover these items, each with its first instalment paid."""
    plans = models.Plan.objects.filter(
        organisation_id=scope.organisation_id,
        stop__customer_id__in=grounds.family(scope, row.customer_id),
        state__in=("running", "kept"),
    )
    covered: set[int] = set()
    for stop, covers in plans.values_list("stop_id", "covers"):
        mine = {c[0] for c in covers}
        if mine & items and plan.first_instalment_paid(scope, stop, as_of=as_of):
            covered |= mine
    return items <= covered


def _ask_again(scope: Scope, row: models.Measure, as_of: dt.date, now: dt.datetime) -> None:
    """Propose again what was lifted by money that went back, or by a plan in default (3.6)."""
    if row.details["lifted_by"] == "paid" and not _went_back(scope, row):
        return
    answered = models.Approval.objects.filter(
        organisation_id=scope.organisation_id, key=row.details.get("asked_again", "-")
    ).exclude(state="withdrawn")
    if answered.exists() or not measure.is_free(scope, row.kind, row.entity_id, row.customer_id):
        return
    left = grounds.owed(scope, row.entity, row.customer_id, as_of=as_of)
    about = [left[i] for i in row.items if i in left]
    amounts = money.by_currency((s.item.currency, s.net_minor) for s in about)
    asked = models.Approval.objects.filter(
        organisation_id=scope.organisation_id, key=row.approval_key
    ).order_by("-pk")[0]
    if not _is_enough(scope, row, list(amounts.items()), asked.step, as_of):
        return
    key = questions.ask(
        scope, row.kind, cause=f"measure:{row.pk}:again", role=asked.role,
        entity_id=row.entity_id, customer_id=row.customer_id, items=[s.item.id for s in about],
        amounts=list(amounts.items()), on=as_of, at=now, step=asked.step, by="",
    )  # fmt: skip
    row.details = {**row.details, "asked_again": key}
    row.save()


def _payments(scope: Scope, row: models.Measure) -> list[int]:
    """Return the payments that paid for what a measure names: matched to it, or still unapplied."""
    mine = models.Payment.objects.filter(
        organisation_id=scope.organisation_id, entity_id=row.entity_id, kind="payment",
        reversed_on__isnull=True,
    )  # fmt: skip
    matched = models.Allocation.objects.filter(
        organisation_id=scope.organisation_id, item_id__in=row.items, payment__isnull=False
    ).values("payment_id")
    people = grounds.family(scope, row.customer_id)
    loose = mine.filter(customer_id__in=people, unapplied_minor__gt=0)
    found = {*mine.filter(pk__in=matched).values_list("pk", flat=True)}
    return sorted(found | {*loose.values_list("pk", flat=True)})


def _went_back(scope: Scope, row: models.Measure) -> bool:
    """Tell whether any of the money that lifted a measure was taken back since."""
    return models.Payment.objects.filter(
        organisation_id=scope.organisation_id,
        pk__in=row.details.get("paid_by", ()),
        reversed_on__isnull=False,
    ).exists()


def _is_enough(
    scope: Scope, row: models.Measure, amounts: list[tuple[str, int]], step: str, as_of: dt.date
) -> bool:
    """Tell whether what is owed again reaches the minimum the policy has for this measure."""
    seen = grounds.picture(scope, row.entity, row.customer_id, as_of=as_of)
    if seen is None:
        return False
    _, policy = policies.current(scope, row.entity.policy)
    least = [
        core_policy.minor(p.minimum, seen.base_currency)
        for c in policy.cadences.values()
        for s in c.steps
        for p in s.proposes
        if p.what == row.kind and step in ("", s.id)
    ]
    return position.in_base(seen, amounts).minor >= max(1, min(least, default=1))


def _take_back_questions(scope: Scope, customers: Collection[int] | None, as_of: dt.date) -> None:
    """Withdraw what a step asked about items that are all paid."""
    with tx.transaction_of(scope):
        rows = models.Approval.objects.filter(
            organisation_id=scope.organisation_id, what__in=measure.KINDS, state="asked"
        )
        if customers is not None:
            rows = rows.filter(customer_id__in=_with_payers(scope, customers))
        asked = list(rows.select_related("entity"))
        owed = grounds.owed_by(scope, asked, as_of=as_of)
        for row in asked:
            left = owed[row.entity_id, row.customer_id]
            if not grounds.unpaid(scope, row.items) & left.keys():
                questions.withdraw(scope, row.key)
