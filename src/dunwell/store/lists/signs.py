"""How much a customer's money is in danger: how it pays, when it was last heard, what runs.

For the worklist, over the whole book at once or for some customers; never a query a customer.
Must not know: what is worth more (`core.ranking`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from dunwell.core import calls, candidate, ranking
from dunwell.core import policy as documents
from dunwell.store import facts, models
from dunwell.store.lists import habits
from dunwell.store.lists.at_stake import Reader


class Signs(NamedTuple):
    """The signs of an entity's customers, by the id of whoever pays.

    `broken` counts promises; `heard` and `contacted` are the last days of either; `reasons` are
    those in force that say what comes next; `plans` are those that may have a payment plan.
    """

    habit: Mapping[int, candidate.Habit]
    broken: Mapping[int, int]
    heard: Mapping[int, dt.date]
    contacted: Mapping[int, dt.date]
    under_way: set[int]
    reasons: Mapping[int, str]
    without_number: set[int]
    paused: set[int]
    plans: set[int]


def load(by: Reader, rules: documents.Policy, *, given: Mapping[int, str]) -> Signs:
    """Return the signs of an entity's customers; `given` are grades the ledger gave them."""
    before = habits.past(by)
    return Signs(
        habits.load(by, before, given=given), before.broken, _heard(by), _contacted(by),
        _under_way(by), _reasons(by), _without_number(by), _paused(by),
        _segments(by, rules, before),
    )  # fmt: skip


def _newest(by: Reader, *found: Any) -> dict[int, dt.date]:
    """Return the newest day of each payer among rows of (customer, day)."""
    newest: dict[int, dt.date] = {}
    for rows in found:
        for customer, value in rows:
            day = facts.as_day(value)
            payer = by.payer(customer)
            if payer not in newest or newest[payer] < day:
                newest[payer] = day
    return newest


def _heard(by: Reader) -> dict[int, dt.date]:
    """Return when each payer last paid, answered, was spoken to, promised or objected."""
    reached = ",".join(f"'{o}'" for o in calls.REACHED)
    payments = by.rows(
        "SELECT p.customer_id, MAX(p.paid_on) FROM payment p WHERE p.organisation_id = %s"
        " AND p.entity_id = %s AND p.kind = 'payment' AND p.reversed_on IS NULL"
        f" AND p.paid_on <= '{by.as_of}' AND p.customer_id IS NOT NULL"
        f"{by.among('p.customer_id')} GROUP BY p.customer_id"
    )
    spoken = by.rows(
        'SELECT c.customer_id, MAX(c."on") FROM call c WHERE c.organisation_id = %s'
        f" AND c.entity_id = %s AND c.outcome IN ({reached}) AND c.\"on\" <= '{by.as_of}'"
        " AND c.withdrawn_on IS NULL"
        f"{by.among('c.customer_id')} GROUP BY c.customer_id"
    )
    replied = by.rows(
        'SELECT d.customer_id, MAX(d."on") FROM done d WHERE d.organisation_id = %s'
        f" AND d.entity_id = %s AND d.kind = 'reply' AND d.\"on\" <= '{by.as_of}'"
        f"{by.among('d.customer_id')} GROUP BY d.customer_id"
    )
    said = by.rows(
        "SELECT s.customer_id, MAX(s.from_on) FROM stop s WHERE s.organisation_id = %s"
        " AND (s.entity_id = %s OR s.entity_id IS NULL)"
        " AND s.kind IN ('dispute', 'promise', 'plan', 'reply_unread')"
        f" AND s.from_on <= '{by.as_of}'{by.among('s.customer_id')} GROUP BY s.customer_id"
    )
    return _newest(by, payments, spoken, replied, said)


def _contacted(by: Reader) -> dict[int, dt.date]:
    """Return when we last reached each payer, by a message or by hand (SEMANTICS 4.5)."""
    reached = by.rows(
        'SELECT o.customer_id, MAX(o."on") FROM outreach o WHERE o.organisation_id = %s'
        f" AND o.entity_id = %s AND o.reached AND o.\"on\" <= '{by.as_of}'"
        f" AND (o.voided_on IS NULL OR o.voided_on > '{by.as_of}')"
        f"{by.among('o.customer_id')} GROUP BY o.customer_id"
    )
    return _newest(by, reached)


def _under_way(by: Reader) -> set[int]:
    """Return to whom a message is on its way: it goes first."""
    rows = by.rows(
        "SELECT DISTINCT a.customer_id FROM action a WHERE a.organisation_id = %s"
        " AND a.entity_id = %s AND a.state IN ('ready', 'claimed', 'handing')"
        f" AND a.takes_step AND a.channel <> 'call'{by.among('a.customer_id')}"
    )
    return {by.payer(r[0]) for r in rows}


def _reasons(by: Reader) -> dict[int, str]:
    """Return the reason in force of those about whom it says what comes next.

    Who was woken since is about to be decided afresh: what was said of them stands no more.
    """
    wanted = ",".join(f"'{r}'" for r in ranking.OF_REASON)
    rows = by.rows(
        "SELECT w.customer_id, w.reason FROM watch w WHERE w.organisation_id = %s"
        f" AND w.entity_id = %s AND w.verdict = 'wait' AND w.reason IN ({wanted})"
        f" AND w.decided_on <= '{by.as_of}' AND w.look_on > '{by.as_of}' AND w.epoch = %s"
        f"{by.among('w.customer_id')}",
        [by.entity.epoch],
    )
    return dict(rows)


def _paused(by: Reader) -> set[int]:
    """Return who has said that they are in difficulties."""
    rows = by.rows(
        "SELECT s.customer_id FROM stop s WHERE s.organisation_id = %s"
        " AND (s.entity_id = %s OR s.entity_id IS NULL) AND s.kind = 'hardship'"
        f" AND s.from_on <= '{by.as_of}' AND (s.until_on IS NULL OR s.until_on >= '{by.as_of}')"
        f" AND (s.ended_on IS NULL OR s.ended_on > '{by.as_of}')"
        f"{by.among('s.customer_id')}"
    )
    return {by.payer(r[0]) for r in rows}


def _without_number(by: Reader) -> set[int]:
    """Return who cannot be called: no number that is valid and may be used."""
    rows = by.rows(
        "SELECT c.id FROM customer c WHERE c.organisation_id = %s AND %s IS NOT NULL"
        f"{by.among('c.id')} AND NOT EXISTS"
        " (SELECT 1 FROM contact k JOIN route r ON r.contact_id = k.id"
        " AND r.organisation_id = k.organisation_id WHERE k.organisation_id = c.organisation_id"
        " AND k.customer_id = c.id AND r.channel IN ('phone', 'mobile') AND r.consent"
        " AND r.invalid_on IS NULL)"
    )
    return {r[0] for r in rows}


def _segments(by: Reader, rules: documents.Policy, before: habits.Past) -> set[int]:
    """Return who, of those that broke promises, stands in a segment that may have a plan."""
    least = ranking.BROKEN[0][0]
    wanted = sorted(c for c, n in before.broken.items() if n >= least)
    allowed = rules.settings.plans.segments
    if not allowed:
        return set(wanted)
    newest: dict[int, str] = {}
    for start in range(0, len(wanted), facts.CHUNK):
        rows = models.Assessment.objects.filter(
            organisation_id=by.scope.organisation_id, entity_id=by.entity.pk,
            customer_id__in=wanted[start : start + facts.CHUNK], since_on__lte=by.as_of,
        ).order_by("since_on")  # fmt: skip
        newest |= dict(rows.values_list("customer_id", "segment"))
    return {c for c in wanted if newest.get(c) in allowed}


__all__ = ["Signs", "load"]
