"""Why a customer hears something, or nothing: sentences, for today or a past day.

A past day is explained from the decision that was in force then, with the facts it saw
(DATA.md 1.2); today from a fresh look, which writes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from dunwell.core import because, book, money, reasons, reminder
from dunwell.core.decision import Act, Ask, Asked, Decision, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import look
from dunwell.store import calendars, facts, models, paths, tx
from dunwell.store import policies as published
from dunwell.store.records import cases


class Explanation(NamedTuple):
    """What was decided about one case, in sentences, and on which grounds.

    `step` is the step of the policy it is about, "" where it is about none.
    """

    entity: str
    customer: str
    as_of: dt.date
    verdict: str
    sentences: list[str]
    look_again_on: dt.date | None
    policy: str
    source: str
    detail: dict[str, Any]
    step: str = ""

    @property
    def policy_name(self) -> str:
        """The name of the policy without its version; "" where it is not one."""
        name, _, version = self.policy.rpartition(" v")
        return name if version.isdigit() else ""


def run(
    scope: Scope,
    customer: str,
    *,
    as_of: dt.date,
    today: dt.date,
    fresh: look.Proposal | None = None,
) -> list[Explanation]:
    """Explain each of the customer's cases on a day, or its payer's, in which its items stand.

    `fresh` is what the day would bring the payer, where the caller has looked already.

    Raises: Refused when nobody by that reference is known.
    """
    with tx.transaction_of(scope):
        row = models.Customer.objects.filter(
            organisation_id=scope.organisation_id, reference=customer
        ).first()
        if row is None:
            raise Refused("unknown_customer", f"no customer {customer!r}; check the reference")
        payer = facts.families(scope).payer_of.get(row.pk, row.pk)
        recorded = _in_force(scope, payer, as_of) if as_of < today else []
    if recorded:
        return [_told(scope, x, customer, payer) for x in recorded]
    if fresh is None:
        fresh = look.propose(scope, as_of=as_of, customers=[payer])
    versions = _versions(scope, {x.policy_version_id for x in fresh.lines})
    with tx.reading(scope):
        rules = {version: published.load(scope, version) for version in versions}
    found = [
        explain(
            x.made, entity=x.entity, customer=x.customer, as_of=as_of,
            policy=versions[x.policy_version_id], source="looked at now",
            more=because.sentences(x.facts, rules[x.policy_version_id], x.made, as_of=as_of),
        )
        for x in fresh.lines
        if x.facts and (x.facts.items or x.facts.has_open_case)
    ]  # fmt: skip
    if found:
        return [_told(scope, x, customer, payer) for x in found]
    if as_of == today:
        with tx.reading(scope):
            recorded = _in_force(scope, payer, as_of)
    return recorded or [
        explain(
            Wait(reason=reasons.Reason.NOTHING_OPEN), entity="", customer=customer, as_of=as_of,
            policy=fresh.policy, source="looked at now",
        )
    ]  # fmt: skip


def _told(scope: Scope, told: Explanation, customer: str, payer: int) -> Explanation:
    """Say first whose case it is, and which path a person moved it to (SEMANTICS 1, 4.7)."""
    told = _for_child(told, customer)
    with tx.reading(scope):
        entity = models.Entity.objects.filter(
            organisation_id=scope.organisation_id, code=told.entity
        ).first()
        if entity is None:
            return told
        path = paths.in_force(scope, entity, as_of=told.as_of, customer_id=payer).get(payer)
    if path is None:
        return told
    to = f"the path of {path.segment}" if path.segment else f"the cadence {path.cadence}"
    until = reasons.day_text(path.until_on)
    said = f"{path.by} moved it to {to} through {until}: {path.reason.rstrip('.')}."
    return told._replace(sentences=[said, *told.sentences])


def _for_child(told: Explanation, customer: str) -> Explanation:
    """Say first whose case it is, where another customer pays for this one (SEMANTICS 1)."""
    if told.customer == customer:
        return told
    said = f"{customer}'s items stand in the case of {told.customer}, who pays for it."
    return told._replace(sentences=[said, *told.sentences])


def _versions(scope: Scope, ids: set[int]) -> dict[int, str]:
    """Name policy versions as people do: classic v2."""
    with tx.reading(scope):
        return {
            v.pk: f"{v.policy.name} v{v.n}"
            for v in models.PolicyVersion.objects.filter(
                organisation_id=scope.organisation_id, pk__in=ids
            ).select_related("policy")
        }


def _in_force(scope: Scope, customer: int, as_of: dt.date) -> list[Explanation]:
    """Explain the decisions that were in force at the end of a past day, as then known.

    Where that day also acted, before it was looked at again, what went out is said first.
    """
    newest: dict[int, models.Decision] = {}
    acted: dict[int, list[str]] = {}
    for d in (
        models.Decision.objects.filter(
            organisation_id=scope.organisation_id, customer_id=customer, as_of__lte=as_of
        )
        .defer("facts")
        .select_related("entity", "customer", "policy_version__policy")
        .order_by("as_of", "pk")
    ):
        before = newest.get(d.entity_id)
        if before is not None and before.as_of == as_of and before.verdict == "act":
            made = cases.unpack(bytes(before.body))
            assert isinstance(made, Act)
            said = f"Earlier that day: {' '.join(_act(made))}"
            acted.setdefault(d.entity_id, []).append(said)
        newest[d.entity_id] = d
    found = [
        explain(
            cases.unpack(bytes(d.body)),
            entity=d.entity.code,
            customer=d.customer.reference,
            as_of=as_of,
            policy=f"{d.policy_version.policy.name} v{d.policy_version.n}",
            source=f"decided on {d.as_of.isoformat()}, decision {d.pk}",
            more=_grounds(scope, d),
        )
        for d in newest.values()
    ]
    return [
        x._replace(sentences=[*acted.get(entity_id, []), *x.sentences])
        for x, entity_id in zip(found, newest, strict=True)
    ]


def _grounds(scope: Scope, d: models.Decision) -> list[str]:
    """Say what a recorded silence rests on, from the facts that were seen then."""
    seen = book.restore(cases.plain(d.facts), calendars=calendars.load(scope))
    rules = published.load(scope, d.policy_version_id)
    return because.sentences(seen, rules, cases.unpack(bytes(d.body)), as_of=d.as_of)


def explain(
    made: Decision,
    *,
    entity: str,
    customer: str,
    as_of: dt.date,
    policy: str,
    source: str,
    more: Sequence[str] = (),
) -> Explanation:
    """Turn a decision into sentences: what, why, when next, and why not now.

    `more` is what a silence rests on beyond its reason (`core.because`).
    """
    if isinstance(made, Act):
        verdict, said = "act", _act(made)
    elif isinstance(made, Ask):
        verdict, said = "ask", _ask(made)
    else:
        verdict, said = "wait", _wait(made, more)
    return Explanation(
        entity, customer, as_of, verdict, said, made.look_again_on, policy, source,
        msgspec.to_builtins(made), _step(made),
    )  # fmt: skip


def _step(made: Decision) -> str:
    return made.step if isinstance(made, Act) else str(made.refs.get("step", ""))


def why(made: Act) -> str:
    """Say in one sentence why a step goes now."""
    if reminder.about(made) is not None:
        return reminder.why(made.refs)
    refs = {k: _date(v) for k, v in made.refs.items()}
    base = f"{refs.get('item')} was due {refs.get('due_on')}"
    if made.phase != "overdue":
        base = f"{refs.get('item')} is due {refs.get('due_on')}"
    if "last_step" in refs:
        step = str(refs["last_step"]).replace("_", " ")
        return f"{base} and the {step} was confirmed {refs.get('last_on')}."
    return f"{base}; this is its first step."


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return reasons.day_text(dt.date.fromisoformat(value))
        except ValueError:
            return value
    return reasons.day_text(value) if isinstance(value, dt.date) else value


def _act(made: Act) -> list[str]:
    what = made.step.replace("_", " ").capitalize()
    amounts = " and ".join(money.text(m, c) for c, m in made.amounts)
    channels = " and ".join(a.channel for a in made.actions)
    because = why(made) if reminder.about(made) else f"Because {why(made)}"
    said = [f"{what} ({made.tone}) by {channels} about {amounts}.", because]
    if made.named_on:
        said.append(f"It names {reasons.day_text(made.named_on)} as the date to pay by.")
    share = (made.checkpoint or {}).get("share_paid_within_30_days_percent")
    if share is not None:
        said.append(f"By what was paid before, {share} percent likely to pay within 30 days.")
    said += [
        f"{a.what.replace('_', ' ').capitalize()} is proposed and waits for the {a.approval}."
        for a in made.asks
    ]
    return said


def _ask(made: Ask) -> list[str]:
    return [why_asked(made, a) for a in made.asks]


def why_asked(made: Act | Ask, ask: Asked) -> str:
    """Say in one sentence what a role is asked, and about how much."""
    what = (ask.step if ask.what == "notice" else ask.what).replace("_", " ").capitalize()
    amounts = " and ".join(money.text(m, c) for c, m in ask.amounts)
    beside = f" beside the {made.step.replace('_', ' ')}" if isinstance(made, Act) else ""
    role = ask.approval.replace("_", " ")
    return f"{what} about {amounts}{beside} waits for approval by the {role}."


def sentence(made: Wait) -> str:
    """Say in one sentence why nothing goes now."""
    refs = {
        k: dt.date.fromisoformat(v) if isinstance(v, str) and _is_date(v) else v
        for k, v in made.refs.items()
    }
    return reasons.sentence(made.reason, refs, is_part=because.parts_of(made) > 1)


def _wait(made: Wait, more: Sequence[str]) -> list[str]:
    is_part = because.parts_of(made) > 1
    said = [sentence(made), *more]
    said += [
        f"Also: {reasons.sentence(r, {}, is_part=is_part)}" for r in made.also if _adds(made, r)
    ]
    if made.look_again_on:
        said.append(f"Looked at again on {reasons.day_text(made.look_again_on)}.")
    elif made.reason is not reasons.Reason.NOTHING_OPEN:
        said.append(_STAYS)
    return said


_STAYS = (
    "It stays so until something happens: money that comes in, a reply, or something done here."
)


def _adds(made: Wait, other: reasons.Reason) -> bool:
    """Tell whether a further reason says anything: that no step is due follows from most."""
    return other is not reasons.Reason.NOT_YET or made.reason is reasons.Reason.STALE_DATA


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
