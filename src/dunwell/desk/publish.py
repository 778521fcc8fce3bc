"""Policies at work: publish a version, say what a change would send, list what there is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any, NamedTuple

from dunwell import policies as built_in
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import look
from dunwell.store import models, tx
from dunwell.store import policies as published
from dunwell.store.records import setup


class Changed(NamedTuple):
    """One case that would fare otherwise under another policy."""

    customer: str
    entity: str
    now: str
    then: str
    amounts: tuple[tuple[str, int], ...]


class Preview(NamedTuple):
    """What publishing would change on a day: counts by what goes, and the cases that differ."""

    as_of: dt.date
    policy: str
    now: dict[str, int]
    then: dict[str, int]
    changed: list[Changed]


def publish(scope: Scope, document: policies.Document, *, now: dt.datetime) -> int:
    """Publish a policy version; running cases move with it. Return its number."""
    return setup.record_policy(scope, built_in.whole(document), at=now)


def assign(scope: Scope, entity: str, policy: str) -> None:
    """Let an entity walk another published policy.

    Raises: Refused for an unknown entity; Misconfigured for an unpublished policy.
    """
    published.current(scope, policy)
    with tx.transaction_of(scope):
        done = models.Entity.objects.filter(
            organisation_id=scope.organisation_id, code=entity
        ).update(policy=policy)
    if not done:
        raise Refused("unknown_entity", f"no entity {entity!r}")


def preview(scope: Scope, document: policies.Document, *, as_of: dt.date) -> Preview:
    """Return what a day would send under this document instead of the published policies."""
    other = policies.compile_policy(built_in.whole(document), version=0)
    now = look.propose(scope, as_of=as_of)
    then = look.propose(scope, as_of=as_of, policy=other)
    before = {(x.facts.entity, x.facts.customer): x.made for x in now.lines}
    changed = []
    for line in then.lines:
        was = before.get((line.facts.entity, line.facts.customer))
        said = said_of(was) if was is not None else "-"
        if said != said_of(line.made):
            amounts = line.made.amounts if isinstance(line.made, Act) else ()
            changed.append(
                Changed(line.facts.customer, line.facts.entity, said, said_of(line.made), amounts)
            )
    return Preview(as_of, document.policy, _tally(now), _tally(then), changed)


def said_of(made: Act | Ask | Wait) -> str:
    """Say a decision in one or two words: the step that goes, what is asked, or the reason."""
    if isinstance(made, Act):
        return made.step
    if isinstance(made, Ask):
        return "asks " + " ".join(a.step if a.what == "notice" else a.what for a in made.asks)
    return f"waits: {made.reason}"


def _tally(proposal: look.Proposal) -> dict[str, int]:
    return dict(sorted(Counter(said_of(x.made) for x in proposal.lines).items()))


def current_document(scope: Scope, name: str) -> policies.Document:
    """Return the newest published version of a policy as a document.

    Raises: Misconfigured when none was published.
    """
    return policies.parse(published.body(scope, name))


def listed(scope: Scope) -> list[dict[str, Any]]:
    """List every published version with who published it and who walks it."""
    with tx.transaction_of(scope):
        walks: dict[str, list[str]] = {}
        for code, name in models.Entity.objects.filter(
            organisation_id=scope.organisation_id
        ).values_list("code", "policy"):
            walks.setdefault(name, []).append(code)
        return [
            {
                "policy": r.policy.name, "version": r.n, "published_at": r.published_at,
                "by": r.published_by, "sha256": r.sha256, "entities": walks.get(r.policy.name, []),
            }
            for r in models.PolicyVersion.objects.filter(organisation_id=scope.organisation_id)
            .select_related("policy").order_by("policy__name", "n")
        ]  # fmt: skip
