"""The decisions in force on a day, as plain rows: a book holds hundreds of thousands."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import connection

from dunwell.core.scope import Scope
from dunwell.store import facts, models


class Decided(NamedTuple):
    """One decision in force: `body` is packed, as it is kept."""

    id: int
    entity: str
    customer: str
    verdict: str
    on: dt.date
    body: bytes


def in_force(scope: Scope, as_of: dt.date) -> list[Decided]:
    """Return the newest decision of each case up to a day, by customer and entity.

    On the newest day they are those in force now; else each case's decisions are gone through.
    """
    mine = models.Decision.objects.filter(organisation_id=scope.organisation_id)
    if mine.filter(as_of__gt=as_of).exists():
        which = (
            "d.id IN (SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY entity_id,"
            " customer_id ORDER BY as_of DESC, id DESC) AS n FROM decision"
            " WHERE organisation_id = %s AND as_of <= %s) newest WHERE n = 1)"
        )
        more: list[int | dt.date] = [scope.organisation_id, as_of]
    else:
        which, more = "d.in_force", []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, e.code, c.reference, d.verdict, d.as_of, d.body FROM decision d"
            " JOIN customer c ON c.id = d.customer_id AND c.organisation_id = d.organisation_id"
            " JOIN entity e ON e.id = d.entity_id AND e.organisation_id = d.organisation_id"
            f" WHERE d.organisation_id = %s AND {which} ORDER BY c.reference, e.code",
            [scope.organisation_id, *more],
        )
        return [
            Decided(pk, entity, customer, verdict, facts.as_day(on), bytes(body))
            for pk, entity, customer, verdict, on, body in cursor.fetchall()
        ]
