"""Look at the book: propose what would happen, or record it.

The night's work in one place: gather (`store.facts`), decide (`core.decide`), record
(`store.records.cases`). `propose` writes nothing; `record` keeps what it decided.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from dunwell.core import decide, segments, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.store import facts, history, journal, models, tx
from dunwell.store import policies as published
from dunwell.store.records import cases

BATCH = 500
log = logging.getLogger("dunwell.look")


class Gate(NamedTuple):
    """Whether the data is fresh enough for anything to be sent (SEMANTICS 6.8)."""

    is_stale: bool
    why: str


class Proposal(NamedTuple):
    """What a day holds: every case looked at, and the ones that failed with their errors."""

    as_of: dt.date
    policy: str
    lines: list[cases.Line]
    assessed: dict[tuple[int, int], segments.Assessed]
    failed: list[tuple[str, str]]
    gate: Gate

    @property
    def counts(self) -> dict[str, Any]:
        """How many were looked at, acted, asked, waited (by reason) and failed."""
        acted = sum(isinstance(x.made, Act) for x in self.lines)
        asked = sum(isinstance(x.made, Ask) for x in self.lines)
        reasons = Counter(str(x.made.reason) for x in self.lines if isinstance(x.made, Wait))
        return {
            "looked": len(self.lines) + len(self.failed),
            "acted": acted,
            "asked": asked,
            "waited": sum(reasons.values()),
            "failed": len(self.failed),
            "by_reason": {str(r): reasons[str(r)] for r in Reason if reasons[str(r)]},
        }


def propose(
    scope: Scope,
    *,
    as_of: dt.date,
    customers: Sequence[int] | None = None,
    policy: policies.Policy | None = None,
) -> Proposal:
    """Return what would happen on a day, with a reason for every case that waits.

    Pure as far as anybody can tell: it writes nothing, and twice gives the same (6.1).
    `policy` looks at the book through another policy, for a preview.
    """
    lines: list[cases.Line] = []
    assessed: dict[tuple[int, int], segments.Assessed] = {}
    failed: list[tuple[str, str]] = []
    names = set()
    with tx.transaction_of(scope):
        gate = _gate(scope, as_of)
        for entity in _entities(scope):
            names.add(policy.name if policy else entity.policy)
            for line, how in _look_at(scope, entity, as_of, customers, policy, gate, failed):
                lines.append(line)
                assessed[(line.entity_id, line.customer_id)] = how
    lines.sort(key=lambda x: (x.facts.customer, x.facts.entity))
    return Proposal(
        as_of, ",".join(sorted(names)), _within_cap(lines, scope), assessed, failed, gate
    )


def _entities(scope: Scope) -> list[models.Entity]:
    return list(
        models.Entity.objects.filter(organisation_id=scope.organisation_id).order_by("code")
    )


def _look_at(
    scope: Scope,
    entity: models.Entity,
    as_of: dt.date,
    customers: Sequence[int] | None,
    policy: policies.Policy | None,
    gate: Gate,
    failed: list[tuple[str, str]],
) -> Iterator[tuple[cases.Line, segments.Assessed]]:
    version_id, current = published.current(scope, entity.policy)
    use = policy or current
    known = history.known(
        scope, entity, customers=list(customers) if customers is not None else None, as_of=as_of
    )
    loader = facts.Loader(scope, entity, as_of=as_of, is_stale=gate.is_stale)
    for customer_id, seen in loader.stream(customers):
        if not seen.items and customers is None:
            continue
        try:
            how = segments.assess(
                seen,
                known.get(customer_id, segments.Known()),
                use,
                as_of=as_of,
                in_force=seen.segment if seen.has_open_case else None,
                grade_given=seen.grade if seen.grade != "unknown" else "",
            )
            cadence = use.cadence_of(how.segment).name
            seen = msgspec.structs.replace(
                seen, segment=how.segment, grade=how.grade, cadence=cadence
            )
            made = decide.decide(seen, use, as_of=as_of)
        except Exception as error:  # one case's error stops no other (6.7)
            log.exception("case of customer %s failed", customer_id)
            failed.append((seen.customer, f"{type(error).__name__}: {error}"))
            continue
        yield cases.Line(entity.pk, customer_id, seen, made, version_id, cadence), how


def _gate(scope: Scope, as_of: dt.date) -> Gate:
    """Check the age of the feeds declared required, and that no import is half done (6.8)."""
    batches = models.ImportBatch.objects.filter(organisation_id=scope.organisation_id)
    unfinished = batches.filter(state__in=("staging", "staged")).first()
    if unfinished is not None:
        return Gate(is_stale=True, why=f"import of {unfinished.file} is not finished")
    for entity in _entities(scope):
        for feed in entity.feeds_required:
            last = batches.filter(kind=feed, state="published").order_by("-as_of").first()
            calendar = facts.Loader(scope, entity, as_of=as_of).entity_calendar
            oldest = workdays.add_working(calendar, as_of, -entity.max_data_age_days)
            if last is None or last.as_of < oldest:
                to = last.as_of.isoformat() if last else "never"
                return Gate(is_stale=True, why=f"{feed} for {entity.code} reach to {to}")
    return Gate(is_stale=False, why="")


def _within_cap(lines: list[cases.Line], scope: Scope) -> list[cases.Line]:
    """Let no more go than the day's cap, largest first; the rest wait (4.8)."""
    caps = {}
    for entity in _entities(scope):
        _, policy = published.current(scope, entity.policy)
        if policy.settings.daily_cap is not None:
            caps[entity.pk] = policy.settings.daily_cap
    if not caps:
        return lines
    acts = [(x, x.made) for x in lines if isinstance(x.made, Act) and x.entity_id in caps]
    acts.sort(key=lambda pair: (-sum(m for _, m in pair[1].amounts), pair[0].facts.customer))
    over: set[tuple[int, int]] = set()
    for line, _ in acts:
        if caps[line.entity_id] > 0:
            caps[line.entity_id] -= 1
        else:
            over.add((line.entity_id, line.customer_id))
    return [
        x._replace(made=_over_capacity(x)) if (x.entity_id, x.customer_id) in over else x
        for x in lines
    ]


def _over_capacity(line: cases.Line) -> Wait:
    made = line.made
    assert isinstance(made, Act)
    on = dt.datetime.fromisoformat(made.actions[0].send_at).date() + dt.timedelta(days=1)
    return Wait(reason=Reason.OVER_CAPACITY, look_again_on=on, refs={"step": made.step, "on": on})


def record(
    scope: Scope,
    proposal: Proposal,
    *,
    mode: str,
    now: dt.datetime,
    only: set[tuple[int, int]] | None = None,
) -> list[cases.Line]:
    """Keep what was decided, in short transactions; return the lines that are new.

    Under the gate nothing is recorded but the run itself (`stale_data` stands on the run).
    """
    with tx.transaction_of(scope):
        run = models.Run.objects.create(
            organisation_id=scope.organisation_id,
            as_of=proposal.as_of,
            at=now,
            mode=mode,
            gate=proposal.gate.why,
            counts=proposal.counts,
            by=scope.actor,
        )
        refs = {"run": run.pk, "as_of": proposal.as_of, "mode": mode, "gate": proposal.gate.why}
        journal.append(scope, "run", refs=refs, at=now)
        for entity in _entities(scope):
            cases.close_settled(scope, entity, as_of=proposal.as_of)
    if proposal.gate.is_stale:
        return []
    fresh: list[cases.Line] = []
    lines = [x for x in proposal.lines if only is None or (x.entity_id, x.customer_id) in only]
    for start in range(0, len(lines), BATCH):
        part = lines[start : start + BATCH]
        with tx.transaction_of(scope):
            _record_assessments(scope, part, proposal)
            fresh += cases.record_decisions(scope, part, run=run, as_of=proposal.as_of, at=now)
    return fresh


def _record_assessments(scope: Scope, lines: list[cases.Line], proposal: Proposal) -> None:
    """Write the segment and grade of customers where they changed, as dated facts."""
    have = {
        (a.entity_id, a.customer_id): a
        for a in models.Assessment.objects.filter(
            organisation_id=scope.organisation_id,
            customer_id__in=[x.customer_id for x in lines],
        ).order_by("since_on")
    }
    rows = []
    for line in lines:
        how = proposal.assessed[(line.entity_id, line.customer_id)]
        last = have.get((line.entity_id, line.customer_id))
        if last is not None and (last.segment, last.grade) == (how.segment, how.grade):
            continue
        rows.append(
            models.Assessment(
                organisation_id=scope.organisation_id,
                entity_id=line.entity_id,
                customer_id=line.customer_id,
                segment=how.segment,
                grade=how.grade,
                since_on=proposal.as_of,
                inputs=msgspec.to_builtins(how.inputs) | {"late_invoices": how.late_invoices},
            )
        )
    models.Assessment.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        update_fields=["segment", "grade", "inputs"],
        unique_fields=["organisation", "entity", "customer", "since_on"],
    )
