"""Findings about what steps demand, propose and require, and about the end of a cadence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from dunwell.core import book
from dunwell.core import policy as policies
from dunwell.core.lint.findings import Finding, Path
from dunwell.core.lint.ladders import Ladder, taken_by

FORMAL = book.harshness("formal")
LEAST_RESPONSE_DAYS = 7
LEAST_SUSPENSION = Decimal(100)
OUTCOME_OF = {"agency": "placement", "legal": "legal_referral"}


def check(ladders: Sequence[Ladder], settings: policies.SettingsDoc) -> Iterator[Finding]:
    """Look at every cadence."""
    for ladder in ladders:
        yield from _minimums(ladder, settings.small_balance)
        yield from _measures(ladder)
        yield from _requirements(ladder)
        yield from _ends(ladder)
        yield from _outcomes(ladder)


def _minimums(ladder: Ladder, small: Decimal) -> Iterator[Finding]:
    """A case below a step's minimum stays before it, and never comes to what follows (4.4)."""
    steps = ladder.doc.steps
    least = [small if s.minimum is None else s.minimum for s in steps]
    ends = [(_name(o.what), o.minimum) for o in ladder.doc.outcomes]
    highest = small
    for n, step in enumerate(steps):
        if least[n] < small:
            yield Finding(
                "minimum_small",
                ladder.at(n, "minimum"),
                f"{least[n]:,} for {step.id}, below the small balance of {small:,}",
                f"at least {small:,}, or a lower small_balance",
            )
        if least[n] <= highest:
            continue
        highest = least[n]
        after = [(s.id, low) for s, low in zip(steps[n + 1 :], least[n + 1 :], strict=True)]
        lower = [name for name, low in (*after, *ends) if low < highest]
        if lower:
            yield Finding(
                "minimum_stops",
                ladder.at(n, "minimum"),
                f"{highest:,} for {step.id}: cases under it stay before it, and never come to "
                f"{', '.join(lower)}",
                f"a minimum of {highest:,} there too, or a lower one here",
            )


def _measures(ladder: Ladder) -> Iterator[Finding]:
    """Look at what steps name and propose (6.3, 6.9, 7)."""
    named: set[str] = set()
    steps = ladder.doc.steps
    for n, step in enumerate(steps):
        named |= set(step.names)
        possible: set[str] = {p.what for s in steps[n : n + 2] for p in s.proposes}
        if step.final_demand or n == len(steps) - 1:
            ends = {o.what for o in ladder.doc.outcomes}
            possible |= {word for word, what in OUTCOME_OF.items() if what in ends}
        for k, name in enumerate(step.names):
            if name not in possible:
                yield Finding(
                    "names_unproposed",
                    ladder.at(n, "names", k),
                    f"{step.id} names {_name(name)}, which neither it nor the next step proposes; "
                    "the message leaves it out",
                    f"propose {_name(name)} there, or do not name it",
                )
        for k, p in enumerate(step.proposes):
            yield from _proposal(ladder, n, k, p, named)


def _proposal(
    ladder: Ladder, n: int, k: int, p: policies.ProposeDoc, named: set[str]
) -> Iterator[Finding]:
    step, comes = ladder.doc.steps[n], ladder.comes[n]
    place = ladder.at(n, "proposes", k)
    if p.what in ("suspension", "credit_hold") and p.what not in named:
        yield Finding(
            "unannounced",
            place,
            f"{step.id} proposes {_name(p.what)}, which no message up to it names",
            f"names: [{p.what}] on this step or an earlier one",
        )
    if p.what == "suspension" and p.minimum < LEAST_SUSPENSION:
        yield Finding(
            "suspension_small", place, f"suspension from {p.minimum:,}", "minimum: 100 or more"
        )
    if comes is not None and p.from_day > comes:
        yield Finding(
            "proposal_late",
            place,
            f"{_name(p.what)} from day {p.from_day}, with {step.id}, which comes on day {comes}: "
            "it is proposed only where older items are shown",
            f"from_day: {comes} or less, or a later step",
        )
    if p.what != "plan_offer" and p.approve == "collector":
        yield _weak(place, p.what)


def _requirements(ladder: Ladder) -> Iterator[Finding]:
    """Find what a step requires and nothing before it can bring about (4.6)."""
    for n, step in enumerate(ladder.doc.steps):
        for k, need in enumerate(step.requires):
            place = ladder.at(n, "requires", k)
            if need.call_within_days is not None:
                yield from _call_before(ladder, n, need.call_within_days, place)
            elif need.attempts:
                yield from _attempts_before(ladder, n, need, place)
            elif need.final_demand_expired and not any(d < n for d in ladder.demands):
                yield Finding(
                    "requires_demand",
                    place,
                    f"{step.id} requires an expired final demand, and no step before it is one",
                    "final_demand: true on a step before it",
                )


def _call_before(ladder: Ladder, n: int, within: int, place: Path) -> Iterator[Finding]:
    step, steps = ladder.doc.steps[n], ladder.doc.steps
    calls = [m for m in range(n) if any(a.channel == "call" for a in steps[m].actions)]
    if not calls:
        yield Finding(
            "requires_no_call",
            place,
            f"{step.id} requires a call within {within} days, and no step before it calls",
            "a step with a call before it",
        )
        return
    call = steps[calls[-1]]
    called, comes = ladder.comes[calls[-1]], ladder.comes[n]
    least = sum(s.wait for s in steps[calls[-1] : n])
    if taken_by(call) == "call" and least > within:
        yield Finding(
            "requires_old_call",
            place,
            f"{step.id} requires a call within {within} days, and comes {least} days after "
            f"{call.id} at the earliest",
            f"call_within_days: {least} or more, or a later call",
        )
    elif called is not None and comes is not None and comes - called > within:
        yield Finding(
            "requires_late_call",
            place,
            f"{step.id} requires a call within {within} days; {call.id} comes on day {called}, "
            f"{step.id} on day {comes}",
            f"call_within_days: {comes - called} or more, or a later call",
        )


def _attempts_before(
    ladder: Ladder, n: int, need: policies.RequireDoc, place: Path
) -> Iterator[Finding]:
    assert need.attempts is not None
    step, before = ladder.doc.steps[n], ladder.doc.steps[:n]
    if need.channels > need.attempts:
        yield Finding(
            "requires_channels",
            place,
            f"{need.attempts} attempts over {need.channels} channels",
            "at least as many attempts as channels",
        )
        return
    calls = [s for s in before if taken_by(s) != "call" for a in s.actions if a.channel == "call"]
    attempts = len(before) + len(calls)
    channels = {taken_by(s) for s in before} | ({"call"} if calls else set())
    if attempts < need.attempts or len(channels) < need.channels:
        yield Finding(
            "requires_attempts",
            place,
            f"{step.id} requires {need.text()}; the steps before it make {attempts} over "
            f"{len(channels)}",
            "fewer, or more steps and channels before it",
        )


def _ends(ladder: Ladder) -> Iterator[Finding]:
    """Look at the final demand and what follows it (4.9, 6.3, 7)."""
    demands, steps, outcomes = ladder.demands, ladder.doc.steps, ladder.doc.outcomes
    if outcomes and not demands:
        yield Finding(
            "outcome_without_demand",
            ladder.outcome_at(0),
            f"{ladder.name} ends with {_name(outcomes[0].what)}, and no step is a final demand",
            "final_demand: true on its last step",
        )
    elif demands and not outcomes:
        yield Finding(
            "demand_without_outcome",
            ladder.at(demands[0]),
            f"nothing follows {steps[demands[0]].id}, which must state what will",
            "an outcome: placement or legal_referral",
        )
    elif not demands:
        yield Finding(
            "no_end",
            ladder.path,
            f"{ladder.name} ends with {steps[-1].id}; what is then unpaid is left to a person",
            "a final demand and an outcome, if that is not meant",
        )
    for n in demands[1:]:
        yield Finding(
            "demand_twice",
            ladder.at(n, "final_demand"),
            f"{steps[n].id} is a final demand, and so is {steps[demands[0]].id}",
            "one final demand a cadence",
        )
    if demands:
        yield from _demand(ladder, demands[0])


def _demand(ladder: Ladder, n: int) -> Iterator[Finding]:
    step, rest = ladder.doc.steps[n], ladder.doc.steps[n + 1 :]
    if step.phase != "overdue":
        yield Finding(
            "demand_before_due",
            ladder.at(n, "phase"),
            f"{step.id} demands what is not overdue",
            "phase: overdue",
        )
    if rest:
        yield Finding(
            "demand_not_last",
            ladder.at(n),
            f"{', '.join(s.id for s in rest)} after {step.id}",
            "the final demand as the last step: agency and legal are outcomes, not steps",
        )
    if step.approve is None:
        yield Finding(
            "demand_unapproved", ladder.at(n), f"{step.id} goes by itself", "approve: manager"
        )
    if book.harshness(step.tone) < FORMAL:
        yield Finding(
            "demand_tone", ladder.at(n, "tone"), f"{step.tone} for {step.id}", "tone: formal"
        )
    missing = [c for c in ("email", "letter") if c not in {a.channel for a in step.actions}]
    if missing:
        yield Finding(
            "demand_route",
            ladder.at(n, "actions"),
            f"{step.id} does not go by {' or '.join(missing)}",
            "actions by email and by letter",
        )
    if step.respond_within < LEAST_RESPONSE_DAYS:
        yield Finding(
            "demand_response",
            ladder.at(n, "respond_within"),
            f"{step.respond_within} days to respond to {step.id}",
            f"at least {LEAST_RESPONSE_DAYS}; 10 is usual",
        )


def _outcomes(ladder: Ladder) -> Iterator[Finding]:
    seen: set[str] = set()
    for n, outcome in enumerate(ladder.doc.outcomes):
        if outcome.what in seen:
            yield Finding(
                "outcome_twice",
                ladder.outcome_at(n, "what"),
                f"{_name(outcome.what)} a second time in {ladder.name}",
                "each outcome once",
            )
        seen.add(outcome.what)
        if outcome.what == "legal_referral" and outcome.approve != "legal":
            yield Finding(
                "legal_unapproved",
                ladder.outcome_at(n),
                f"a legal referral approved by the {outcome.approve.replace('_', ' ')}",
                "approve: legal",
            )
        elif outcome.approve == "collector":
            yield _weak(ladder.outcome_at(n), outcome.what)


def _weak(place: Path, what: str) -> Finding:
    return Finding(
        "approval_weak", place, f"{_name(what)} approved by a collector", "approve: manager"
    )


def _name(word: str) -> str:
    return word.replace("_", " ")
