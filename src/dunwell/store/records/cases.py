"""Decisions, the cases they belong to, and the actions they put in the outbox.

A decision is written when its outcome differs from the one in force, with the facts it saw
(DATA.md 1.2). Everything about one batch of cases goes in one short transaction, row by row
in plain SQL where there are many: a night records them by the hundred thousand.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec
import zstandard
from django.db import connection

from dunwell.core import book, decision, segments
from dunwell.core.decision import Act, Ask, Decision, Wait
from dunwell.core.scope import Scope
from dunwell.store import journal, models, tx
from dunwell.store.records import by_case, outcomes, tasks_from, watch

_body = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Decision] = msgspec.json.Decoder(Act | Ask | Wait)


class Line(NamedTuple):
    """One case on one day: who, what was decided, and under which version.

    `facts` is None where the decision did not need them: a case that stands as last decided
    (`stands`), or one that a glance at its sums settled.
    """

    entity_id: int
    customer_id: int
    entity: str
    customer: str
    made: Decision
    facts: book.Facts | None
    policy_version_id: int
    cadence: str
    how: segments.Assessed | None = None
    review_on: dt.date | None = None
    epoch: int = 0
    stands: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """What tells one case from another: its entity and its customer."""
        return (self.entity_id, self.customer_id)


_SMALL = 400


def packer() -> Callable[[bytes], bytes]:
    """Return what makes JSON into what is kept: small as it is, else as a zstd frame.

    A third of zlib's time at 1 kB each, and no larger. One a batch: it is no thread's but its own.
    """
    compress = zstandard.ZstdCompressor(level=1).compress
    return lambda data: data if len(data) < _SMALL else compress(data)


def plain(data: bytes | memoryview) -> bytes:
    """Return the JSON that was kept; no zstd frame begins with a brace."""
    data = bytes(data)
    return data if data.startswith(b"{") else zstandard.ZstdDecompressor().decompress(data)


def unpack(data: bytes) -> Decision:
    """Return the decision a stored body holds."""
    made: Decision = _decoder.decode(plain(data))
    return made


class _Likelihood(msgspec.Struct):
    share_paid_30: int | None = None


def likelihood_seen(facts: bytes) -> int | None:
    """Return the likelihood of payment that the stored facts of a decision hold."""
    return msgspec.json.decode(plain(facts), type=_Likelihood).share_paid_30


def outcome(made: Decision) -> tuple[str, str, str]:
    """Return what makes one outcome differ from another: verdict, reason, step."""
    if isinstance(made, Act):
        return ("act", "", made.step)
    if isinstance(made, Ask):
        return ("ask", "needs_approval", " ".join([f"{a.what}:{a.step}" for a in made.asks])[:42])
    return ("wait", made.reason._value_, str(made.refs.get("step", ""))[:42] if made.refs else "")


class InForce(NamedTuple):
    """The decision in force about a case: its id and what it came to."""

    id: int
    verdict: str
    reason: str
    step: str

    def says(self, made: Decision) -> bool:
        """Tell whether it came to the same. An `Act` is always new."""
        verdict, reason, step = outcome(made)
        if verdict == "act" or (verdict, reason) != (self.verdict, self.reason):
            return False
        return step == self.step or isinstance(made, Wait)


def in_force(scope: Scope, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], InForce]:
    """Return the decisions in force about some cases, by (entity, customer)."""
    found = by_case.rows_of(
        "SELECT entity_id, customer_id, id, verdict, reason, step FROM decision"
        " WHERE organisation_id = %s AND in_force",
        scope,
        keys,
    )
    return {(r[0], r[1]): InForce(*r[2:]) for r in found}


def record_decisions(
    scope: Scope,
    lines: Sequence[Line],
    *,
    stood: dict[tuple[int, int], InForce],
    run_id: int | None,
    as_of: dt.date,
    at: dt.datetime,
) -> list[Line]:
    """Write the decisions that are new, with their cases, actions and questions.

    `stood` are the decisions in force before. Returns the lines whose outcome differed. An
    `Act` is always new: its actions are recorded at once, and the case is then in flight until
    the world confirms it.
    """
    _keep_cases(scope, lines, as_of=as_of)
    fresh = [x for x in lines if (x.key not in stood or not stood[x.key].says(x.made))]
    ids = _insert(scope, fresh, run_id, as_of, at)
    _end(scope, [stood[x.key].id for x in fresh if x.key in stood])
    _record_consequences(scope, fresh, ids, as_of=as_of)
    # Also what stands: an approval that no longer covers what is asked is asked for again.
    _record_questions(scope, lines, as_of=as_of)
    tasks_from.from_lines(scope, lines, fresh, as_of=as_of, at=at)
    watch.record(scope, [_due(x, as_of) for x in lines])
    return fresh


def _insert(
    scope: Scope, fresh: Sequence[Line], run_id: int | None, as_of: dt.date, at: dt.datetime
) -> list[int]:
    """Write decisions with their facts, and one event that commits to all of them."""
    if not fresh:
        return []
    ids = _next_ids(len(fresh))
    digest, seed = hashlib.sha256(), journal.new_seed()
    rows = []
    organisation, rules, pack = scope.organisation_id, book.RULES, packer()
    stamp = at.replace(tzinfo=None) if connection.vendor == "sqlite" else at
    for pk, x in zip(ids, fresh, strict=True):
        assert x.facts is not None, "a decision is recorded with the facts it saw"
        body, facts = pack(_body.encode(x.made)), pack(book.canonical(x.facts))
        digest.update(digest_of(seed, pk, body, facts))
        rows.append(
            (pk, organisation, x.entity_id, x.customer_id, run_id, as_of, stamp, *outcome(x.made),
             x.made.look_again_on, body, facts, x.policy_version_id, rules, True)
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)
    refs = {
        "run": run_id, "as_of": as_of, "decisions": ranges(ids), "sha256": digest.hexdigest(),
    }  # fmt: skip
    journal.append(scope, "decided", refs=refs, at=at, seed=seed)
    return ids


def digest_of(seed: str | None, pk: int, body: bytes, facts: bytes) -> bytes:
    """Return one decision's line in what its event commits to: its digest, and a line feed.

    Salted, so that another customer's decision in the same batch cannot be guessed from it.
    """
    salt = journal.salt(seed, f"decision {pk}").encode()
    return hashlib.sha256(salt + body + facts).hexdigest().encode() + b"\n"


_INSERT = (
    "INSERT INTO decision (id, organisation_id, entity_id, customer_id, run_id, as_of,"
    " recorded_at, verdict, reason, step, look_again_on, body, facts, policy_version_id, rules,"
    " in_force) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def _next_ids(count: int) -> list[int]:
    """Reserve ids for decisions; SQLite's one writer needs no sequence."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT COALESCE(MAX(id), 0) FROM decision")
            first = cursor.fetchone()[0] + 1
            return list(range(first, first + count))
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('decision', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        return [r[0] for r in cursor.fetchall()]


def ranges(ids: Iterable[int]) -> list[list[int]]:
    """Write ids as ranges, both ends included.

    >>> ranges([4, 5, 6, 9])
    [[4, 6], [9, 9]]
    """
    out: list[list[int]] = []
    for pk in ids:
        if out and pk == out[-1][1] + 1:
            out[-1][1] = pk
        else:
            out.append([pk, pk])
    return out


def changed_since(scope: Scope) -> str:
    """Say which decisions are not what the journal committed to when they were made, or ""."""
    with tx.reading(scope):
        events = models.Event.objects.filter(
            organisation_id=scope.organisation_id, verb="decided"
        ).order_by("pk")
        for pk, refs, seed in events.values_list("pk", "refs", "seed").iterator(chunk_size=500):
            said = json.loads(refs)
            digest = hashlib.sha256()
            for first, last in said["decisions"]:
                rows = models.Decision.objects.filter(
                    organisation_id=scope.organisation_id, pk__gte=first, pk__lte=last
                ).order_by("pk")
                for n, *kept in rows.values_list("pk", "body", "facts").iterator(chunk_size=500):
                    digest.update(digest_of(seed, n, *map(bytes, kept)))
            if digest.hexdigest() != said["sha256"]:
                first, last = said["decisions"][0][0], said["decisions"][-1][-1]
                return f"a decision between {first} and {last} is not what event {pk} committed to"
    return ""


def _end(scope: Scope, ids: list[int]) -> None:
    if ids:
        marks = ",".join(["%s"] * len(ids))
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE decision SET in_force = %s WHERE organisation_id = %s AND id IN ({marks})",
                [False, scope.organisation_id, *ids],
            )


def _due(line: Line, as_of: dt.date) -> watch.Due:
    """Return when a case is looked at again; whatever was done or asked, tomorrow."""
    made = line.made
    verdict, reason, _ = outcome(made)
    if not isinstance(made, Wait):
        return watch.Due(
            line.entity_id, line.customer_id, line.epoch, watch.AT_ONCE, as_of, verdict, reason, "",
            made.look_again_on,
        )  # fmt: skip
    days = [d for d in (made.look_again_on, line.review_on) if d is not None]
    return watch.Due(
        line.entity_id, line.customer_id, line.epoch, min(days) if days else watch.NEVER, as_of,
        verdict,
        reason, " ".join(made.also), made.look_again_on,
    )  # fmt: skip


def _keep_cases(scope: Scope, lines: Sequence[Line], *, as_of: dt.date) -> None:
    """Open a case with its first overdue item; close it with its last; keep its cadence true."""
    have = {
        (c[1], c[2]): c
        for c in by_case.rows_of(
            "SELECT id, entity_id, customer_id, cadence, policy_version_id, version"
            " FROM dunning_case WHERE organisation_id = %s AND closed_on IS NULL",
            scope,
            [x.key for x in lines if x.facts is not None],
        )
    }
    fresh: list[models.Case] = []
    changed: list[models.Case] = []
    for line in lines:
        if line.facts is None:
            continue
        overdue = any(i.due_on < as_of and i.kind in book.DEBITS for i in line.facts.items)
        case = have.get(line.key)
        if case is None and overdue:
            fresh.append(
                models.Case(
                    organisation_id=scope.organisation_id,
                    entity_id=line.entity_id,
                    customer_id=line.customer_id,
                    no=line.facts.case_no + (0 if line.facts.has_open_case else 1),
                    policy_version_id=line.policy_version_id,
                    cadence=line.cadence,
                    opened_on=as_of,
                )
            )
        elif case is not None:
            pk, entity_id, customer_id, cadence, policy_version_id, version = case
            if overdue and (cadence, policy_version_id) == (line.cadence, line.policy_version_id):
                continue
            changed.append(
                models.Case(
                    pk=pk,
                    organisation_id=scope.organisation_id,
                    entity_id=entity_id,
                    customer_id=customer_id,
                    cadence=line.cadence,
                    policy_version_id=line.policy_version_id,
                    closed_on=None if overdue else as_of,
                    version=version + 1,
                )
            )
    _name_ends(scope, [c for c in changed if c.closed_on is not None], on=as_of)
    models.Case.objects.bulk_create(fresh, batch_size=500)
    models.Case.objects.bulk_update(
        changed, ["cadence", "policy_version", "closed_on", "outcome", "version"], batch_size=200
    )


def _name_ends(scope: Scope, closed: Sequence[models.Case], *, on: dt.date) -> None:
    """Say how each case ended; what its steps waited for is over."""
    if not closed:
        return
    ends = outcomes.of(scope, [c.pk for c in closed], on=on)
    for case in closed:
        case.outcome = ends[case.pk]
    models.CaseWait.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=[c.customer_id for c in closed]
    ).delete()


def _record_consequences(
    scope: Scope, fresh: Sequence[Line], ids: Sequence[int], *, as_of: dt.date
) -> None:
    _record_actions(scope, fresh, ids)
    waits = [
        (x, step)
        for x in fresh
        for step in (
            [a.step for a in x.made.asks]
            if isinstance(x.made, Ask)
            else [str(x.made.refs["step"])]
            if isinstance(x.made, Wait) and x.made.reason == "requirement_missing"
            else []
        )
    ]
    models.CaseWait.objects.bulk_create(
        [
            models.CaseWait(
                organisation_id=scope.organisation_id,
                entity_id=x.entity_id,
                customer_id=x.customer_id,
                step=step,
                since_on=as_of,
            )
            for x, step in waits
        ],
        batch_size=500,
        ignore_conflicts=True,
    )


def _record_actions(scope: Scope, fresh: Sequence[Line], ids: Sequence[int]) -> None:
    """Put what is to be done in the outbox, once a key; what was cancelled never went out."""
    acts = [(x, x.made, pk) for x, pk in zip(fresh, ids, strict=True) if isinstance(x.made, Act)]
    keys = [a.key for _, made, _ in acts for a in made.actions]
    known = set(
        models.Action.objects.filter(organisation_id=scope.organisation_id, key__in=keys)
        .exclude(state="cancelled")
        .values_list("key", flat=True)
    )
    models.Action.objects.bulk_create(
        [
            models.Action(
                organisation_id=scope.organisation_id,
                entity_id=x.entity_id,
                customer_id=x.customer_id,
                decision_id=pk,
                key=planned.key,
                channel=planned.channel,
                to_role=planned.to_role,
                contact_id=planned.contact,
                step=planned.step or made.step,
                takes_step=planned.takes_step,
                template=planned.template,
                send_at=dt.datetime.fromisoformat(planned.send_at),
                state="waiting" if planned.channel == "call" else "ready",
                attempt_of=f"{planned.step or made.step}:{made.lead}:{planned.channel}",
            )
            for x, made, pk in acts
            for planned in made.actions
            if planned.key not in known
        ],
        batch_size=200,
    )


def _record_questions(scope: Scope, lines: Sequence[Line], *, as_of: dt.date) -> None:
    """Put what needs a role before it, once while it is asked, with the figures of today."""
    asked = [
        (x, a) for x in lines for a in ([] if isinstance(x.made, Wait) else x.made.asks)
    ]  # fmt: skip
    _withdraw(scope, lines)
    pending = {
        row.key: row
        for row in models.Approval.objects.filter(
            organisation_id=scope.organisation_id,
            state="asked",
            key__in=[a.actions[0].key for _, a in asked],
        )
    }
    questions = [_question(scope, x, a, as_of) for x, a in asked]
    models.Approval.objects.bulk_create(
        [q for q in questions if q.key not in pending], batch_size=200
    )
    changed = []
    for now in questions:
        row = pending.get(now.key)
        if row is not None and any(getattr(row, f) != getattr(now, f) for f in _FIGURES):
            for field in _FIGURES:
                setattr(row, field, getattr(now, field))
            changed.append(row)
    models.Approval.objects.bulk_update(changed, _FIGURES, batch_size=200)


_FIGURES = ("items", "amounts", "takes")
"""What a question is about; a yes covers no more than this."""


def _withdraw(scope: Scope, fresh: Sequence[Line]) -> None:
    """Take back what is asked about items of which nothing is open any more."""
    still_open = {x.key: {i.id for i in x.facts.items} for x in fresh if x.facts is not None}
    asked = by_case.rows_of(
        "SELECT id, entity_id, customer_id, items FROM approval"
        " WHERE organisation_id = %s AND state = 'asked'",
        scope,
        still_open,
    )
    gone = [
        pk
        for pk, entity, customer, text in asked
        for items in [json.loads(text) if isinstance(text, str) else text]
        if items and not still_open.get((entity, customer), set(items)).intersection(items)
    ]
    if gone:
        models.Approval.objects.filter(organisation_id=scope.organisation_id, pk__in=gone).update(
            state="withdrawn"
        )


def _question(scope: Scope, x: Line, ask: decision.Asked, as_of: dt.date) -> models.Approval:
    return models.Approval(
        organisation_id=scope.organisation_id,
        entity_id=x.entity_id,
        customer_id=x.customer_id,
        what=ask.what,
        step=ask.step,
        key=ask.actions[0].key,
        role=ask.approval,
        items=list(ask.items),
        amounts=[list(pair) for pair in ask.amounts],
        takes=[item for item, step in ask.takes if step == ask.step],
        asked_on=as_of,
    )
