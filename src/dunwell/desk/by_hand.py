"""Contacts people make themselves: which case they are about, and which step they were.

A contact by hand keeps the next demand its distance (SEMANTICS 4.5); it is a step only if the
person says which, and then the one each item would have taken next (4.2, 6.6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from dunwell.core import book, horizon, views
from dunwell.core import policy as policies
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import law, named
from dunwell.store import facts, limits, models
from dunwell.store import policies as published
from dunwell.store.records import calls


class Case(NamedTuple):
    """The case something is about: whose it is, and the customer who pays for it."""

    entity: models.Entity
    customer: models.Customer


def case_of(scope: Scope, reference: str, *, entity: str | None) -> Case:
    """Return the case of a customer at an entity, or of whoever pays for it.

    Raises: Refused for an unknown customer, or where it cannot be told which entity.
    """
    who = payer(scope, reference)
    return Case(named.entity_for(scope, who, entity), who)


def payer(scope: Scope, reference: str) -> models.Customer:
    """Return the customer in whose case a customer's items stand: mostly itself.

    Raises: Refused for an unknown customer.
    """
    who = named.customer(scope, reference)
    pk = facts.families(scope).payer_of.get(who.pk)
    return models.Customer.objects.get(organisation_id=scope.organisation_id, pk=pk) if pk else who


def view_of(scope: Scope, case: Case, *, as_of: dt.date) -> views.View | None:
    """Return a case worked out for a day; None where nothing is known of it."""
    return views_of(scope, case.entity, [case.customer.pk], as_of=as_of).get(case.customer.pk)


def views_of(
    scope: Scope, entity: models.Entity, customers: Sequence[int], *, as_of: dt.date
) -> dict[int, views.View]:
    """Return cases of one entity worked out for a day, by customer, with what the law allows."""
    versions = published.versions(scope, entity.policy)
    found = {}
    cases = facts.Loader(scope, entity, as_of=as_of).stream(customers)
    rows = law.of(scope)
    for loaded in limits.within(scope, rows, cases, home=entity.country, as_of=as_of):
        policy = versions.of(loaded.policy_version_id)[1]
        found[loaded.customer_id] = views.look(loaded.facts, policy, as_of)
    return found


class Step(NamedTuple):
    """A step a contact by hand was, and the items that take it."""

    step: policies.Step
    items: list[int]


def step_of(scope: Scope, case: Case, step: str, labels: Sequence[str], *, on: dt.date) -> Step:
    """Return the step a person says, with the items named or all whose next step it is.

    Raises: Refused for a step the cadence has not, that is not the next of an item, that lies
    before the one an item took last, or that waits for an approval nobody gave.
    """
    view = view_of(scope, case, as_of=on)
    cadence = view.cadence if view else None
    found = next((s for s in cadence.steps if s.id == step), None) if cadence else None
    if view is None or cadence is None or found is None:
        known = ", ".join(s.id for s in cadence.steps) if cadence else "none"
        raise Refused("unknown_step", f"no step {step!r} on this customer's path: {known}")
    wanted = {i.pk for i in named.items(scope, case.customer, labels)} if labels else None
    places = [p for p in view.places if p.rung.step is not None]
    nexts = [
        p
        for p in places
        if p.rung.step is found
        and (p.at.is_overdue or found.phase != "overdue")
        and (wanted is None or p.at.item.id in wanted)
    ]
    if not nexts or (wanted is not None and len(nexts) < len(wanted)):
        said = ", ".join(f"{p.at.item.label} {p.rung.step.id}" for p in places if p.rung.step)
        raise Refused("not_next", f"{step} is not what comes next; next are: {said or 'none'}")
    later = [p for p in nexts if p.rung.last is not None and p.rung.last.on > on]
    if later:
        label, last = later[0].at.item.label, later[0].rung.last
        assert last is not None
        raise Refused("date_passed", f"{label} took {last.step} on {last.on}, after {on}")
    items = [p.at.item.id for p in nexts]
    if found.approve and not _is_approved(view, found, items):
        raise Refused(
            "not_approved", f"{step} waits for the {found.approve}: see `dunwell approval list`"
        )
    return Step(found, items)


def _is_approved(view: views.View, step: policies.Step, items: Sequence[int]) -> bool:
    """Tell whether an approval that has not lapsed covers the step for all of these items."""
    return any(
        (a.what, a.step, a.state) == ("notice", step.id, "granted")
        and a.decided_on is not None
        and view.as_of < horizon.lapses_on(view, a.decided_on)
        and (not a.items or set(items) <= set(a.items))
        for a in view.facts.approvals
    )


def take(scope: Scope, taken: Step, *, on: dt.date) -> None:
    """Write the step for its items, inside the caller's transaction."""
    step = taken.step
    calls.take_by_hand(scope, taken.items, book.Taken(step.id, on, step.tone, step.phase))
