"""Policies at work: publish a version, say what a change would send, list what there is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec
from django.db.models import Count

from dunwell import policies as built_in
from dunwell.core import policy as policies
from dunwell.core import reasons
from dunwell.core.decision import Act, Decision, Planned, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import explain, look, proofread
from dunwell.store import journal, models, tx
from dunwell.store import policies as published
from dunwell.store.records import cases, setup, watch

Amounts = tuple[tuple[str, int], ...]


class Tally(NamedTuple):
    """How many cases come to one thing on the day, as published and under the new document.

    `verdict` act, ask or wait; `what` the step that goes, what is asked for, or the reason.
    """

    verdict: str
    what: str
    now: int
    then: int


class Changed(NamedTuple):
    """One case that would fare otherwise under another policy.

    `acts_now`, `acts_then`: something goes out; `why` is the sentence of what would be then.
    """

    customer: str
    entity: str
    now: str
    then: str
    amounts_now: Amounts
    amounts_then: Amounts
    acts_now: bool = False
    acts_then: bool = False
    why: str = ""


class Preview(NamedTuple):
    """What publishing would change on a day: counts by what goes, and the cases that differ.

    `entities` are those that walk the policy; all of them while none does (`is_walked`).
    `gate` says why nothing is sent at all, where that is so.
    """

    as_of: dt.date
    policy: str
    entities: list[str]
    is_walked: bool
    tallies: list[Tally]
    changed: list[Changed]
    gate: str

    @property
    def sends(self) -> tuple[int, int]:
        """How many cases hear something that day, as published and under the new document."""
        acts = [t for t in self.tallies if t.verdict == "act"]
        return sum(t.now for t in acts), sum(t.then for t in acts)

    @property
    def sentence(self) -> str:
        """Say in one sentence what would be otherwise."""
        on = f"Published now, {self.policy} would on {reasons.day_text(self.as_of)}"
        parts = [_more(t) for t in self.tallies if t.now != t.then and t.verdict != "wait"]
        what = ", ".join(parts) or "send and ask for the same number of everything"
        n = len(self.changed)
        fare = f"; {n:,} {'case fares' if n == 1 else 'cases fare'} otherwise" if n else ""
        return f"{on} {what}{fare}."


def _more(t: Tally) -> str:
    verb = "send" if t.verdict == "act" else "ask for"
    how = "more" if t.then > t.now else "fewer"
    return f"{verb} {abs(t.then - t.now):,} {how} {t.what}"


def publish(
    scope: Scope,
    document: policies.Document,
    *,
    now: dt.datetime,
    moves: bool = True,
    source: str = "",
    after: int | None = None,
) -> int:
    """Publish a policy version and return its number; the same text twice is one version.

    `moves`: running cases move to it; otherwise each keeps the version it walks (SEMANTICS 1).
    `source` is the text it was written in, with its comments; `after` the version it goes on
    from (0: none yet).
    Raises: Refused for a policy the linter finds an error in; Stale where another version than
    `after` is the newest by now.
    """
    errors = [f for f in proofread.run(document) if f.severity == "error"]
    if errors:
        place = built_in.place_text(errors[0].path)
        raise Refused(
            "policy_errors",
            f"{document.policy} has {len(errors)} errors, the first at {place}: "
            f"{errors[0].found}; want {errors[0].want}",
        )
    return setup.record_policy(
        scope, built_in.whole(document), at=now, moves=moves, source=source, after=after
    )


def assign(scope: Scope, entity: str, policy: str, *, now: dt.datetime) -> None:
    """Let an entity walk another published policy; its running cases move to it.

    Raises: Refused for an unknown entity; Misconfigured for an unpublished policy.
    """
    with tx.transaction_of(scope):
        published.current(scope, policy)
        row = models.Entity.objects.filter(
            organisation_id=scope.organisation_id, code=entity
        ).first()
        if row is None:
            raise Refused("unknown_entity", f"no entity {entity!r}")
        if row.policy == policy:
            return
        refs = {"entity": row.pk, "policy": policy, "was": row.policy}
        row.policy = policy
        row.save(update_fields=["policy"])
        watch.wake_all(scope)
        journal.append(scope, "policy_assigned", refs=refs, at=now)


def preview(
    scope: Scope,
    document: policies.Document,
    *,
    as_of: dt.date,
    tick: Callable[[], object] | None = None,
) -> Preview:
    """Return what a day would send under this document instead of the published policies.

    It writes nothing. Only entities that walk the policy are compared, all while none does.
    `tick` is called for each case looked at, so that somebody can be told how far it is.
    """
    whole = built_in.whole(document)
    with tx.reading(scope):
        walks = dict(
            models.Entity.objects.filter(organisation_id=scope.organisation_id)
            .order_by("code")
            .values_list("code", "policy")
        )
    entities = [code for code, name in walks.items() if name == whole.policy]
    is_walked = bool(entities)
    entities = entities or list(walks)
    other = policies.compile_policy(whole, version=0)
    now = look.propose(scope, as_of=as_of, tick=tick)
    then = look.propose(scope, as_of=as_of, policy=other, tick=tick)
    before = {x.key: x for x in now.lines if x.entity in entities}
    after = {x.key: x for x in then.lines if x.entity in entities}
    pairs = [(before.get(key), after.get(key)) for key in dict.fromkeys((*before, *after))]
    changed = [c for a, b in pairs if (c := _changed(a, b)) is not None]
    changed.sort(key=lambda c: (c.customer, c.entity))
    return Preview(
        as_of, whole.policy, entities, is_walked,
        _tallies(before.values(), after.values()), changed, then.gate.why,
    )  # fmt: skip


def _changed(now: cases.Line | None, then: cases.Line | None) -> Changed | None:
    """Return how a case would fare otherwise, or None where it would not."""
    line = then or now
    assert line is not None
    a, b = (_fate(x.made) if x is not None else ("-", "-", ()) for x in (now, then))
    if a == b:
        return None
    short = a[0] != b[0] or a[1] == b[1]
    said = (a[0], b[0]) if short else (a[1], b[1])
    acted, acts = (x is not None and isinstance(x.made, Act) for x in (now, then))
    why = _why(then.made) if then is not None else ""
    return Changed(line.customer, line.entity, said[0], said[1], a[2], b[2], acted, acts, why)


def _why(made: Decision) -> str:
    """Say in one sentence why it would come to this."""
    if isinstance(made, Wait):
        return explain.sentence(made)
    said = [explain.why(made)] if isinstance(made, Act) else []
    return " ".join(said + [explain.why_asked(made, a) for a in made.asks])


def _fate(made: Decision) -> tuple[str, str, Amounts]:
    """Say what a decision comes to, in short and with the way it goes, and what it demands."""
    if isinstance(made, Wait):
        said = f"waits: {made.reason}"
        return said, said, ()
    asked = [_asked(a.what, a.step) for a in made.asks]
    asks = f"asks for {', '.join(asked)}" if asked else ""
    if not isinstance(made, Act):
        return asks, asks, made.asks[0].amounts
    short = f"{made.step}, {asks}" if asks else made.step
    ways = ", ".join(map(_way, made.actions))
    return short, f"{made.step} ({made.tone}) {ways}{', ' if asks else ''}{asks}", made.amounts


def _way(planned: Planned) -> str:
    return f"by {planned.channel} to {planned.to_role} ({planned.template})"


def _asked(what: str, step: str) -> str:
    return step if what == "notice" else what


def _tallies(now: Iterable[cases.Line], then: Iterable[cases.Line]) -> list[Tally]:
    counts = [Counter(w for x in lines for w in _whats(x.made)) for lines in (now, then)]
    return [
        Tally(verdict, what, counts[0][verdict, what], counts[1][verdict, what])
        for verdict, what in sorted(counts[0] | counts[1])
    ]


def _whats(made: Decision) -> list[tuple[str, str]]:
    if isinstance(made, Wait):
        return [("wait", str(made.reason))]
    acts = [("act", made.step)] if isinstance(made, Act) else []
    return acts + [("ask", _asked(a.what, a.step)) for a in made.asks]


def current_document(scope: Scope, name: str) -> policies.Document:
    """Return the newest published version of a policy as a document.

    Raises: Misconfigured when none was published.
    """
    return policies.parse(published.body(scope, name))


def text(scope: Scope, name: str, version: int | None = None) -> str:
    """Return a published version, the newest by default, as a text to go on writing.

    As it was written, where that still reads as the same document; else in the words of its
    built-in, or made anew. Raises: Refused for a version there is not.
    """
    with tx.reading(scope):
        rows = models.PolicyVersion.objects.filter(
            organisation_id=scope.organisation_id, policy__name=name
        ).order_by("-n")
        row = (rows if version is None else rows.filter(n=version)).first()
    if row is None:
        which = name if version is None else f"{name}@{version}"
        raise Refused("unknown_policy", f"no policy {which} is published")
    document = policies.parse(msgspec.json.decode(row.body))
    if row.source and _is(row.source, document):
        return str(row.source)
    if name in built_in.BUILT_IN and built_in.built_in(name) == document:
        return built_in.built_in_text(name)
    return built_in.text_of(document)


def _is(source: str, document: policies.Document) -> bool:
    """Tell whether a text reads as this document; an `include` may have changed since."""
    read, _ = built_in.read(source, file="")
    try:
        return read is not None and built_in.whole(read) == document
    except (KeyError, ValueError):
        return False


def documents(scope: Scope, name: str) -> list[policies.Document]:
    """Return every published version of a policy, the oldest first; none for an unknown one."""
    with tx.reading(scope):
        rows = models.PolicyVersion.objects.filter(
            organisation_id=scope.organisation_id, policy__name=name
        ).order_by("n")
        return [policies.parse(msgspec.json.decode(r.body)) for r in rows]


def staff(scope: Scope) -> set[str]:
    """Return who works here: the users that hold a role, whom a step may name."""
    with tx.reading(scope):
        rows = models.Membership.objects.filter(organisation_id=scope.organisation_id)
        return set(rows.values_list("user__name", flat=True))


def listed(scope: Scope) -> list[dict[str, Any]]:
    """List every published version with who published it, and what walks it.

    `entities` walk the newest version of the policy; `cases` are the open ones on a version.
    """
    with tx.reading(scope):
        walks: dict[str, list[str]] = {}
        for code, name in (
            models.Entity.objects.filter(organisation_id=scope.organisation_id)
            .order_by("code")
            .values_list("code", "policy")
        ):
            walks.setdefault(name, []).append(code)
        open_cases = dict(
            models.Case.objects.filter(
                organisation_id=scope.organisation_id, closed_on__isnull=True
            )
            .values_list("policy_version_id")
            .annotate(n=Count("pk"))
        )
        return [
            {
                "policy": r.policy.name, "version": r.n, "published_at": r.published_at,
                "by": r.published_by, "sha256": r.sha256, "moves": r.moves,
                "entities": walks.get(r.policy.name, []), "cases": open_cases.get(r.pk, 0),
            }
            for r in models.PolicyVersion.objects.filter(organisation_id=scope.organisation_id)
            .select_related("policy").order_by("policy__name", "n")
        ]  # fmt: skip
