"""The JSON shapes others rely on (DATA.md 3.6): what propose, run, import and aging print.

`docs/reference/json.md` shows each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dunwell.core import aging
from dunwell.core.decision import Act, Ask, Asked, Planned, Wait

if TYPE_CHECKING:
    from dunwell.desk import look, receive


def proposal(found: look.Proposal, *, lines: Sequence[Any] | None = None) -> dict[str, Any]:
    """Return a proposal as plain data; `lines` limits the acts to those that are new."""
    new = None if lines is None else {(x.entity_id, x.customer_id) for x in lines}
    acts, asks, waits = [], [], []
    for line in found.lines:
        made = line.made
        who: dict[str, Any] = {"customer": line.customer, "entity": line.entity}
        is_new = new is None or (line.entity_id, line.customer_id) in new
        if isinstance(made, Act) and is_new:
            acts.append(who | _act(line.facts, made))
        if isinstance(made, Wait):
            waits.append(
                who
                | {
                    "reason": str(made.reason),
                    "also": [str(r) for r in made.also],
                    "look_again_on": made.look_again_on,
                }
            )
        else:
            asks += [who | _asked(line.facts, made, a) for a in made.asks]
    failed = [{"customer": c, "error": e} for c, e in found.failed]
    out: dict[str, Any] = {
        "as_of": found.as_of, "policy": found.policy, "acts": acts, "asks": asks, "waits": waits,
        "counts": found.counts,
    }  # fmt: skip
    if failed:
        out["failed"] = failed
    if found.gate.is_stale:
        out["gate"] = found.gate.why
    return out


def lines_of(shape: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Return a proposal line by line, for large books; the last line counts."""
    for kind in ("acts", "asks", "waits"):
        for row in shape.get(kind, ()):
            yield {"verdict": kind[:-1]} | row
    for row in shape.get("failed", ()):
        yield {"verdict": "failed"} | row
    last = ("as_of", "policy", "dispatched", "gate", "tasks_past_due", "alerts_crossed")
    rest = {k: shape[k] for k in last if k in shape}
    yield {"verdict": "counts"} | rest | shape["counts"]


def imported(report: receive.Report) -> dict[str, Any]:
    """Return what came of a file as plain data, amounts in minor units."""
    return {
        "kind": report.kind,
        "file": report.file,
        "as_of": report.as_of.isoformat(),
        "state": report.state,
        "counts": report.counts,
        "totals": report.totals,
        "control": {c: {"want": w, "found": f} for c, (w, f) in report.control.items()},
        "settled": report.settled,
        "complaints": msgspec.to_builtins(report.complaints),
    }


def _act(facts: Any, made: Act) -> dict[str, Any]:
    from dunwell.desk import explain  # Django must be ready before the desk is loaded

    labels = {i.id: i.label for i in facts.items}
    return {
        "case": case_of(facts),
        "step": made.step,
        "tone": made.tone,
        "items": [labels[i] for i, _ in made.lines],
        "takes": {labels[i]: step for i, step in made.takes},
        "amounts": _amounts(made.amounts),
        "actions": [_action(a) for a in made.actions],
        "why": explain.why(made),
    }


def _asked(facts: Any, made: Act | Ask, ask: Asked) -> dict[str, Any]:
    from dunwell.desk import explain

    labels = {i.id: i.label for i in facts.items}
    return {
        "case": case_of(facts),
        "step": ask.step,
        "tone": ask.tone,
        "items": [labels[i] for i in ask.items if i in labels],
        "takes": {labels[i]: step for i, step in ask.takes if i in labels},
        "amounts": _amounts(ask.amounts),
        "actions": [_action(a) for a in ask.actions],
        "why": explain.why_asked(made, ask),
        "approval": ask.approval,
        "what": ask.what,
    }


def case_of(facts: Any) -> str:
    """Return the case's reference: entity, customer, and its number once it is open."""
    no = facts.case_no + (0 if facts.has_open_case else 1)
    return f"{facts.entity}/{facts.customer}/{no}"


def _amounts(amounts: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"currency": c, "amount_minor": m} for c, m in amounts]


def _action(a: Planned) -> dict[str, Any]:
    return {"channel": a.channel, "to_role": a.to_role, "key": a.key, "send_at": a.send_at}


def aging_report(
    rows: Sequence[aging.Row], *, as_of: Any, edges: Sequence[int] = aging.DEFAULT_EDGES
) -> dict[str, Any]:
    """Return an aging report as plain data, amounts in minor units."""
    names = aging.labels(edges)
    return {
        "as_of": as_of,
        "buckets": names,
        "rows": [{"key": r.key} | _row(r, names) for r in rows],
        "totals": [_row(r, names) for r in aging.totals(rows)],
    }


def _row(r: aging.Row, names: Sequence[str]) -> dict[str, Any]:
    return {
        "currency": r.currency,
        "not_due": r.not_due,
        "buckets": dict(zip(names, r.buckets, strict=True)),
        "credits": r.credits,
        "unapplied": r.unapplied,
        "total": r.total,
    }
