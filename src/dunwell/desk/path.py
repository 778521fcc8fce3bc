"""Paths: one case walks another segment's or another cadence, until a day (SEMANTICS 4.7).

By name, with a reason and an end: from the day on it is decided as if it belonged there, its
steps being mapped as when a policy moves; the day after its last day it has its own path back.
A case that nobody is to chase for a while is held instead (`hold`, kind moved_out).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from dunwell.core import policy as policies
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import by_hand
from dunwell.store import journal, models, paths, tx
from dunwell.store import policies as published
from dunwell.store.records import watch


class Choice(NamedTuple):
    """What a case may be moved to: the segments and the cadences of the policy it walks."""

    segments: list[str]
    cadences: list[str]


def open_path(
    scope: Scope,
    customer: str,
    *,
    segment: str = "",
    cadence: str = "",
    until: dt.date,
    reason: str,
    on: dt.date,
    now: dt.datetime,
    entity: str | None = None,
) -> int:
    """Move a customer's case to another path from today through a day; return its id.

    Raises: Refused without a reason or a day that lies ahead, for what the policy does not
    have, or where the case is on a path already.
    """
    if not reason.strip():
        raise Refused("reason_missing", "a path needs a reason: --reason")
    if bool(segment) == bool(cadence):
        raise Refused("which_path", "say which path: --segment or --cadence, one of them")
    if until < on:
        raise Refused("date_passed", f"--until {until} lies before {on}")
    with tx.transaction_of(scope):
        case = by_hand.case_of(scope, customer, entity=entity)
        there = _choices(_policy(scope, case))
        known = there.segments if segment else there.cadences
        if (segment or cadence) not in known:
            what = f"{'segment' if segment else 'cadence'} {segment or cadence!r}"
            raise Refused(
                "unknown_path", f"the policy has no {what}; there are: {', '.join(known)}"
            )
        if paths.in_force(scope, case.entity, as_of=on, customer_id=case.customer.pk):
            raise Refused(
                "on_a_path", f"{customer} is on a path already; see `dunwell path list {customer}`"
            )
        row = models.Path.objects.create(
            organisation_id=scope.organisation_id, entity=case.entity, customer=case.customer,
            segment=segment, cadence=cadence, from_on=on, until_on=until, reason=reason[:200],
            by=scope.actor, opened_at=now,
        )  # fmt: skip
        refs: dict[str, Any] = {
            "path": row.pk, "customer": case.customer.pk, "entity": case.entity.pk,
        }  # fmt: skip
        refs |= {"segment": segment, "cadence": cadence, "from": on, "until": until}
        journal.append(scope, "path_opened", refs=refs, at=now)
        watch.wake(scope, [case.customer.pk])
    return row.pk


def close_path(scope: Scope, path: int, *, on: dt.date, now: dt.datetime) -> None:
    """Give a case its own path back before the day: `on` is the first day on it.

    Raises: Refused for an unknown path, or one that is over.
    """
    with tx.transaction_of(scope):
        row = models.Path.objects.filter(organisation_id=scope.organisation_id, pk=path).first()
        if row is None or row.ended_on is not None or row.until_on < on:
            raise Refused("nothing_to_close", f"no path {path} in force; see `dunwell path list`")
        row.ended_on, row.ended_by = on, scope.actor
        row.save(update_fields=["ended_on", "ended_by"])
        refs = {"path": row.pk, "customer": row.customer_id, "on": on}
        journal.append(scope, "path_closed", refs=refs, at=now)
        watch.wake(scope, [row.customer_id])


def choices(scope: Scope, customer: str, *, entity: str | None = None) -> Choice:
    """Return what a customer's case may be moved to. Raises: Refused for an unknown customer."""
    with tx.reading(scope):
        return _choices(_policy(scope, by_hand.case_of(scope, customer, entity=entity)))


def listed(
    scope: Scope, *, customer: str | None = None, path: int | None = None, as_of: dt.date
) -> list[dict[str, Any]]:
    """List paths, newest first: whose, which, from when until when, why and by whom."""
    with tx.reading(scope):
        rows = models.Path.objects.filter(organisation_id=scope.organisation_id)
        if customer is not None:
            payer = by_hand.payer(scope, customer)
            rows = rows.filter(customer=payer)
        if path is not None:
            rows = rows.filter(pk=path)
        return [
            {
                "id": r.pk,
                "customer": r.customer.reference,
                "entity": r.entity.code,
                "segment": r.segment,
                "cadence": r.cadence,
                "from_on": r.from_on,
                "until_on": r.until_on,
                "ended_on": r.ended_on,
                "reason": r.reason,
                "by": r.by,
                "state": "over" if r.ended_on or r.until_on < as_of else "open",
            }
            for r in rows.select_related("customer", "entity").order_by("-pk")
        ]


def _policy(scope: Scope, case: by_hand.Case) -> policies.Policy:
    """Return the policy a case walks: the version it was opened with, else the newest."""
    version = (
        models.Case.objects.filter(
            organisation_id=scope.organisation_id, entity=case.entity, customer=case.customer,
            closed_on__isnull=True,
        )
        .values_list("policy_version_id", flat=True)
        .first()
    )  # fmt: skip
    return published.versions(scope, case.entity.policy).of(version)[1]


def _choices(policy: policies.Policy) -> Choice:
    return Choice([s.name for s in policy.segments], sorted(policy.cadences))
