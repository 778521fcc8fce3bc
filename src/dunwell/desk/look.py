"""Look at the book: propose what would happen, or record it.

The night's work in one place: gather (`store.bulk`, `store.facts`), decide (`core.decide`),
record (`store.records.cases`). `propose` writes nothing; `record` keeps what it decided. What
was decided before and cannot have changed stands (SEMANTICS 2.7): only what an event woke, or
whose day has come, is decided again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from dunwell.core import decide, position, segments
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.desk import gate, glimpse, law
from dunwell.store import bulk, facts, history, journal, limits, models, paths, tx
from dunwell.store import policies as published
from dunwell.store.records import by_case, cases

ROWS_MAX, ROWS_ACT, ROWS_WAIT = 2000, 8, 4
"""The most rows a transaction writes, and the most one case takes of them: its decision, case,
segment and day to look again; where something is done or asked, its actions and questions too
(DATA.md 1.7)."""
log = logging.getLogger("dunwell.look")


class Gate(NamedTuple):
    """Whether the data is fresh enough for anything to be sent (SEMANTICS 6.8)."""

    is_stale: bool
    why: str


class Proposal(NamedTuple):
    """What a day holds: every case with its decision, and the ones that failed."""

    as_of: dt.date
    policy: str
    lines: list[cases.Line]
    failed: list[tuple[str, str]]
    gate: Gate

    @property
    def counts(self) -> dict[str, Any]:
        """How many were looked at, acted, asked, waited (by reason) and failed."""
        kinds = Counter(type(x.made) for x in self.lines)
        reasons = Counter(x.made.reason for x in self.lines if isinstance(x.made, Wait))
        return {
            "looked": len(self.lines) + len(self.failed),
            "acted": kinds[Act],
            "asked": kinds[Ask],
            "waited": kinds[Wait],
            "failed": len(self.failed),
            "by_reason": {str(r): reasons[r] for r in Reason if reasons[r]},
        }


def propose(
    scope: Scope,
    *,
    as_of: dt.date,
    customers: Sequence[int] | None = None,
    entities: Collection[int] | None = None,
    policy: policies.Policy | None = None,
    part: bulk.Part = (0, 1),
    tick: Callable[[], object] | None = None,
) -> Proposal:
    """Return what would happen on a day, with a reason for every case that waits.

    Pure as far as anybody can tell: it writes nothing, and twice gives the same (6.1).
    `policy` looks at the book through another policy, for a preview; `part` at one share of it.
    `tick` is called for each case, where somebody waits for a large book. `entities`: of these
    alone, where it is known that the customers have to do with no other.
    """
    lines: list[cases.Line] = []
    failed: list[tuple[str, str]] = []
    names = set()
    with uncollected(), tx.reading(scope):
        state = _gate(scope, as_of)
        for entity in _entities(scope):
            names.add(policy.name if policy else entity.policy)
            if entities is not None and entity.pk not in entities:
                continue
            looker = _Looker(scope, entity, as_of, policy, state, failed)
            found = looker.whole(part) if customers is None else looker.decided(customers)
            lines += found if tick is None else _ticked(found, tick)
        caps = _caps(scope, policy, as_of=as_of)
    lines.sort(key=lambda x: (x.customer, x.entity))
    return Proposal(as_of, ",".join(sorted(names)), _within_cap(lines, caps), failed, state)


def _ticked(found: Iterable[cases.Line], tick: Callable[[], object]) -> Iterator[cases.Line]:
    for line in found:
        tick()
        yield line


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Let the cycle collector rest: a night makes millions of values and no cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def decided_today(scope: Scope, *, as_of: dt.date) -> list[cases.Line]:
    """Return only what a day's look decides: what an event woke, or whose day has come."""
    lines: list[cases.Line] = []
    with uncollected(), tx.reading(scope):
        state = _gate(scope, as_of)
        for entity in _entities(scope):
            lines += _Looker(scope, entity, as_of, None, state, []).due((0, 1))
    return lines


def again(scope: Scope, those: Collection[tuple[int, int]], *, as_of: dt.date) -> Proposal | None:
    """Return some cases, by (entity, customer) id, as `propose` would have them among all.

    None where what one of them gets depends on all the others: a day's cap.
    """
    lines: list[cases.Line] = []
    failed: list[tuple[str, str]] = []
    with uncollected(), tx.reading(scope):
        if _caps(scope, None, as_of=as_of):
            return None
        state = _gate(scope, as_of)
        for entity in _entities(scope):
            mine = sorted(customer for code, customer in those if code == entity.pk)
            if mine:
                lines += _Looker(scope, entity, as_of, None, state, failed).decided(mine)
    lines.sort(key=lambda x: (x.customer, x.entity))
    return Proposal(as_of, "", lines, failed, state)


def _entities(scope: Scope) -> list[models.Entity]:
    return list(
        models.Entity.objects.filter(organisation_id=scope.organisation_id).order_by("code")
    )


class _Looker:
    """Looks at the cases of one entity on one day."""

    def __init__(
        self,
        scope: Scope,
        entity: models.Entity,
        as_of: dt.date,
        policy: policies.Policy | None,
        gate: Gate,
        failed: list[tuple[str, str]],
    ) -> None:
        self.scope, self.entity, self.as_of, self.gate, self.failed = (
            scope, entity, as_of, gate, failed,
        )  # fmt: skip
        self.versions = published.versions(scope, entity.policy)
        self.other = policy
        self.loader = facts.Loader(scope, entity, as_of=as_of, is_stale=gate.is_stale)
        self.law = law.of(scope)
        self.moved = paths.ever(scope, entity)
        self.paths = paths.in_force(scope, entity, as_of=as_of) if self.moved else {}
        self._is_first_of_month = policy is None and _is_first_of_month(scope, as_of)
        self.glimpse = glimpse.Glimpse(scope, entity, as_of, self.versions, policy, self.loader)

    def whole(self, part: bulk.Part) -> Iterator[cases.Line]:
        """Yield every case of the entity: what is due is decided, what stands stands."""
        yield from self.due(part)
        if not self._is_afresh():
            yield from self._standing(part)

    def due(self, part: bulk.Part) -> Iterator[cases.Line]:
        """Yield the cases that are decided for the day."""
        until = dt.date.max if self._is_afresh() else self.as_of
        yield from self._glanced(bulk.due(self.scope, self.entity, as_of=until, part=part))

    def _is_afresh(self) -> bool:
        """Tell whether nothing stands: another policy is tried, or a month begins."""
        return self.other is not None or self._is_first_of_month

    def _standing(self, part: bulk.Part) -> Iterator[cases.Line]:
        entity_id, code, version = self.entity.pk, self.entity.code, self.versions.newest_id
        for s in bulk.standing(
            self.scope, self.entity, as_of=self.as_of, family=self.loader.families, part=part
        ):
            wait = Wait(s.reason, s.also, s.look_again_on)
            if self.gate.is_stale:
                wait = Wait(Reason.STALE_DATA, (s.reason, *s.also))
            yield cases.Line(
                entity_id, s.customer_id, code, s.customer, wait, None, version, "", stands=True
            )

    def _glanced(self, due: Sequence[int]) -> Iterator[cases.Line]:
        """Decide what is due, at a glance where the items' own rows prove that nothing is."""
        if self.gate.is_stale:
            yield from self.decided(due)
            return
        for start in range(0, len(due), facts.CHUNK):
            chunk = due[start : start + facts.CHUNK]
            plain = () if self._is_first_of_month else [c for c in chunk if c not in self.moved]
            seen = set()
            for line in self.glimpse.lines(plain):
                seen.add(line.customer_id)
                yield line
            yield from self.decided([c for c in chunk if c not in seen])

    def _loaded(self, customers: list[int]) -> Iterator[facts.Loaded]:
        """Yield the cases of a chunk, natural persons with what the law allows."""
        return limits.within(
            self.scope, self.law, self.loader.stream(customers), home=self.entity.country,
            as_of=self.as_of,
        )  # fmt: skip

    def decided(self, customers: Sequence[int]) -> Iterator[cases.Line]:
        """Yield these cases, each decided on its whole facts."""
        for start in range(0, len(customers), facts.CHUNK):
            chunk = sorted(
                {self.loader.families.payer_of.get(c, c)
                 for c in customers[start : start + facts.CHUNK]}
            )  # fmt: skip
            known = history.known(self.scope, self.entity, chunk, as_of=self.as_of)
            for loaded in self._loaded(chunk):
                try:
                    yield self._decide(loaded, known[loaded.customer_id])
                except Exception as error:  # one case's error stops no other (6.7)
                    log.exception("case of customer %s failed", loaded.customer_id)
                    self.failed.append((loaded.facts.customer, f"{type(error).__name__}: {error}"))

    def _decide(self, loaded: facts.Loaded, known: segments.Known) -> cases.Line:
        seen = loaded.facts
        version, policy = self.versions.of(loaded.policy_version_id)
        use = self.other or policy
        how = segments.assess(
            seen, known, use, as_of=self.as_of,
            in_force=seen.segment if seen.has_open_case else None,
            segment_given=loaded.segment_given, grade_given=loaded.grade_given,
        )  # fmt: skip
        segment, cadence = how.segment, use.cadence_of(how.segment).name
        path = self.paths.get(loaded.customer_id)
        if path is not None:
            # By a person's word; its own segment is found and kept beside it (SEMANTICS 4.7).
            segment, cadence = path.walked(how.segment, use)
        seen = msgspec.structs.replace(
            seen, segment=segment, grade=how.grade, cadence=cadence,
            share_paid_30=segments.likelihood(
                known, book_due=self.entity.due_30, book_paid=self.entity.paid_30
            ),
        )  # fmt: skip
        review_on = segments.review_on(seen, use, as_of=self.as_of)
        if path is not None:
            back_on = path.until_on + dt.timedelta(days=1)
            review_on = min(review_on or back_on, back_on)
        return cases.Line(
            self.entity.pk,
            loaded.customer_id,
            seen.entity,
            seen.customer,
            decide.decide(seen, use, as_of=self.as_of),
            seen,
            version,
            cadence,
            how,
            review_on,
            self.entity.epoch,
        )


def _is_first_of_month(scope: Scope, as_of: dt.date) -> bool:
    """Tell whether the month has had no run yet: then every grade is reviewed (SEMANTICS 2.7)."""
    return not models.Run.objects.filter(
        organisation_id=scope.organisation_id,
        as_of__gte=as_of.replace(day=1),
        as_of__lte=as_of,
        mode="run",
        gate="",
    ).exists()


def _gate(scope: Scope, as_of: dt.date) -> Gate:
    """Check the age of the feeds declared required, and that no import is half done (6.8)."""
    unfinished = models.ImportBatch.objects.filter(
        organisation_id=scope.organisation_id, state__in=("staging", "staged")
    ).first()
    if unfinished is not None:
        return Gate(is_stale=True, why=f"import of {unfinished.file} is not finished")
    why = gate.stale_feed(scope, as_of=as_of)
    return Gate(is_stale=bool(why), why=why)


def _caps(scope: Scope, other: policies.Policy | None, *, as_of: dt.date) -> dict[int, int]:
    """Return what is left of the day's cap of each entity whose policy has one."""
    caps = {}
    for entity in _entities(scope):
        policy = other or published.current(scope, entity.policy)[1]
        if policy.settings.daily_cap is not None:
            contacted = models.Action.objects.filter(
                organisation_id=scope.organisation_id, entity=entity, decision__as_of=as_of
            ).exclude(state="cancelled")
            used = contacted.values("customer_id").distinct().count()
            caps[entity.pk] = max(0, policy.settings.daily_cap - used)
    return caps


def _within_cap(lines: list[cases.Line], caps: dict[int, int]) -> list[cases.Line]:
    """Let no more go than the day's cap, largest first; the rest wait (4.8)."""
    if not caps:
        return lines
    acts = [(x, x.made) for x in lines if isinstance(x.made, Act) and x.entity_id in caps]
    acts.sort(key=lambda pair: (-_weight(*pair), pair[0].customer))
    over: set[tuple[int, int]] = set()
    for line, _ in acts:
        if caps[line.entity_id] > 0:
            caps[line.entity_id] -= 1
        else:
            over.add(line.key)
    return [x._replace(made=_over_capacity(x)) if x.key in over else x for x in lines]


def _weight(line: cases.Line, made: Act) -> int:
    """Return what is demanded, in base currency; what has no rate weighs nothing (3.1)."""
    assert line.facts is not None, "what is done was decided on its facts"
    return position.in_base(line.facts, made.amounts).minor


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
    released: int | None = None,
) -> list[cases.Line]:
    """Keep what was decided, in short transactions; return the lines that are new.

    `released` is the number of the saved proposal that is released by it.

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
            proposal_id=released,
        )
        refs = {"run": run.pk, "as_of": proposal.as_of, "mode": mode, "gate": proposal.gate.why}
        journal.append(scope, "run", refs=refs, at=now)
    if proposal.gate.is_stale:
        return []
    fresh: list[cases.Line] = []
    decided = [x for x in proposal.lines if not x.stands and (only is None or x.key in only)]
    for part in _batches(decided):
        with uncollected(), tx.transaction_of(scope):
            stood = cases.in_force(scope, [x.key for x in part])
            new = [x for x in part if not (x.key in stood and stood[x.key].says(x.made))]
            seen = {x.key: x for x in with_facts(scope, new, as_of=proposal.as_of)}
            part = [seen.get(x.key, x) for x in part]
            _record_assessments(scope, part, as_of=proposal.as_of)
            fresh += cases.record_decisions(
                scope, part, stood=stood, run_id=run.pk, as_of=proposal.as_of, at=now
            )
    return fresh


def _batches(lines: Sequence[cases.Line]) -> Iterator[list[cases.Line]]:
    """Cut the lines so that no transaction writes more than its share of rows (DATA.md 1.7)."""
    part: list[cases.Line] = []
    rows = 0
    for x in lines:
        weight = ROWS_WAIT if isinstance(x.made, Wait) else ROWS_ACT
        if rows + weight > ROWS_MAX and part:
            yield part
            part, rows = [], 0
        part.append(x)
        rows += weight
    if part:
        yield part


def with_facts(scope: Scope, lines: Sequence[cases.Line], *, as_of: dt.date) -> list[cases.Line]:
    """Return the lines, those that a glance settled decided again on their whole facts."""
    wanted: dict[int, list[int]] = {}
    for x in lines:
        if x.facts is None and not x.stands:
            wanted.setdefault(x.entity_id, []).append(x.customer_id)
    full: dict[tuple[int, int], cases.Line] = {}
    with tx.reading(scope):
        for entity in _entities(scope) if wanted else ():
            looker = _Looker(scope, entity, as_of, None, Gate(is_stale=False, why=""), [])
            full |= {x.key: x for x in looker.decided(wanted.get(entity.pk, ()))}
    return [full.get(x.key, x) for x in lines]


def _record_assessments(scope: Scope, lines: Iterable[cases.Line], *, as_of: dt.date) -> None:
    """Write the segment and grade of customers where they changed, as dated facts."""
    assessed = [(x, x.how) for x in lines if x.how is not None]
    rows = by_case.rows_of(
        "SELECT entity_id, customer_id, segment, grade, since_on FROM assessment"
        " WHERE organisation_id = %s",
        scope,
        [x.key for x, _ in assessed],
    )
    have = {(r[0], r[1]): (r[2], r[3]) for r in sorted(rows, key=lambda r: str(r[4]))}
    models.Assessment.objects.bulk_create(
        [
            models.Assessment(
                organisation_id=scope.organisation_id,
                entity_id=x.entity_id,
                customer_id=x.customer_id,
                segment=how.segment,
                grade=how.grade,
                since_on=as_of,
                inputs=msgspec.to_builtins(how.inputs) | {"late_invoices": how.late_invoices},
            )
            for x, how in assessed
            if have.get(x.key) != (how.segment, how.grade)
        ],
        batch_size=500,
        update_conflicts=True,
        update_fields=["segment", "grade", "inputs"],
        unique_fields=["organisation", "entity", "customer", "since_on"],
    )
