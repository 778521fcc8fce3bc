"""Published policy versions never change; what is the same text is the same version."""

from __future__ import annotations

import datetime as dt

from dunwell import policies as built_in
from dunwell.core.scope import Scope
from dunwell.store import models, policies, tx
from dunwell.store.records import setup
from helpers import NOW

LATER = NOW + dt.timedelta(days=1)


def versions(scope: Scope, name: str) -> list[tuple[int, str, str, str]]:
    """Return every version of a policy, whole."""
    with tx.transaction_of(scope):
        found = models.PolicyVersion.objects.filter(
            organisation_id=scope.organisation_id, policy__name=name
        ).order_by("n")
        return [(v.n, v.sha256, v.body, v.published_by) for v in found]


def test_the_same_text_stays_one_version(scope: Scope) -> None:
    """Publishing a policy again without a change makes no version and tells the journal nothing."""
    before = versions(scope, "net30")
    assert setup.record_policy(scope, built_in.built_in("net30"), at=LATER) == 1
    assert versions(scope, "net30") == before


def test_another_text_is_another_version_and_the_first_stays(scope: Scope) -> None:
    """A change makes version 2; version 1 is still what it was, byte for byte, and can be used."""
    (first,) = versions(scope, "net30")
    document = built_in.built_in("net30")
    changed = document.model_copy(update={"title": "Net 30, as we do it"})
    assert setup.record_policy(scope, changed, at=LATER) == 2
    again, second = versions(scope, "net30")
    assert again == first
    assert second[1] != first[1]
    with tx.transaction_of(scope):
        ids = dict(
            models.PolicyVersion.objects.filter(
                organisation_id=scope.organisation_id, policy__name="net30"
            ).values_list("n", "pk")
        )
        old, new = policies.load(scope, ids[1]), policies.load(scope, ids[2])
    assert (old.version, new.version) == (1, 2)
    assert (old.sha256, new.sha256) == (first[1], second[1])


def test_going_back_to_an_earlier_text_is_a_new_version(scope: Scope) -> None:
    """What was in force when can be told: the old text published again gets a number of its own."""
    document = built_in.built_in("net30")
    changed = document.model_copy(update={"title": "Net 30, as we do it"})
    numbers = [setup.record_policy(scope, d, at=LATER) for d in (changed, document)]
    assert numbers == [2, 3]
    first, _, third = versions(scope, "net30")
    assert (first[1], first[2]) == (third[1], third[2])
