"""What the law allows toward natural persons, with the calls that count: of every entity (4.5).

Stands beside the one loader of facts: who is no natural person passes through as loaded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import msgspec

from dunwell.core import book, calls, law
from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.facts import CHUNK, Loaded

WINDOW = dt.timedelta(days=6)
"""Seven days, today among them."""


def within(
    scope: Scope, rows: law.Law, loaded: Iterable[Loaded], *, home: str, as_of: dt.date
) -> Iterator[Loaded]:
    """Yield cases as loaded, natural persons with what the law of their country allows.

    `home` is the entity's country: that of a person of whom none is known.
    """
    cases = iter(loaded)
    while chunk := list(islice(cases, CHUNK)):
        ids = [x.customer_id for x in chunk if x.facts.natural_person]
        found = _load(scope, rows, _countries(scope, ids, home), as_of) if ids else {}
        for one in chunk:
            limits = found.get(one.customer_id)
            yield (
                one
                if limits is None
                else one._replace(facts=msgspec.structs.replace(one.facts, limits=limits))
            )


def _countries(scope: Scope, ids: list[int], home: str) -> dict[int, str]:
    rows = models.Customer.objects.filter(organisation_id=scope.organisation_id, pk__in=ids)
    return {pk: country or home for pk, country in rows.values_list("pk", "country")}


def _load(
    scope: Scope, rows: law.Law, persons: Mapping[int, str], as_of: dt.date
) -> dict[int, book.Limits]:
    """Return the limits of those persons whose law has any, with the calls made to them."""
    allowed = {c: law.contact_limits(rows, country=c, on=as_of) for c in set(persons.values())}
    held = {pk: limits for pk, c in persons.items() if (limits := allowed[c]) is not None}
    if not held:
        return {}
    reach = max(x.days_after_conversation for x in held.values())
    made = models.Call.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=list(held), on__lte=as_of,
        on__gte=as_of - max(WINDOW, dt.timedelta(days=reach)), withdrawn_on__isnull=True,
    )  # fmt: skip
    tried: dict[int, list[dt.date]] = {}
    talked: dict[int, dt.date] = {}
    for customer, on, outcome in made.order_by("on", "pk").values_list(
        "customer_id", "on", "outcome"
    ):
        if on >= as_of - WINDOW:
            tried.setdefault(customer, []).append(on)
        if outcome in calls.REACHED:
            talked[customer] = on
    return {
        pk: msgspec.structs.replace(
            limits, calls=tuple(tried.get(pk, ())), talked_on=talked.get(pk)
        )
        for pk, limits in held.items()
    }
