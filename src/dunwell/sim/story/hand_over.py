"""Handing over: messages out at their slot, calls made, and what comes back of both.

Just before a message leaves its case is decided once more (SEMANTICS 6.4); only what the
world confirms is a step taken (6.6). Must not know: which step is due (the core's).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

import msgspec

from dunwell.core import book, calls, decide, decision, reminder
from dunwell.core.errors import Refused
from dunwell.sim.story.ledger import DAY
from dunwell.sim.story.player import Pending, Player, Sent


def dispatch(player: Player, *, until: dt.datetime) -> None:
    """Hand over what is due: decide again just before, then confirm or cancel (6.4)."""
    for message in [m for m in player.pending if m.state == "ready" and m.at <= until]:
        on = max(message.ran.on, _day(player, message.at))
        beside = [m for m in player.pending if m.ran is message.ran and m is not message]
        player.pending = [m for m in player.pending if m.ran is not message.ran]
        again = decide.decide(player.facts(on), player.policy_in_force, as_of=on)
        if not isinstance(again, decision.Act) or not _is_same(message.act, again):
            message.ran.fate = "cancelled"
            player.woken.add(on + DAY)
            continue
        player.pending += beside
        if player.is_next_unknown:
            player.is_next_unknown = False
            player.keys.add(message.planned.key)
            message.act, message.state, message.ran.fate = again, "unknown", "unknown"
            player.pending.append(message)
        else:
            confirm(player, message, again, on=on)


def confirm(player: Player, message: Pending, act: decision.Act, *, on: dt.date) -> None:
    """Take the steps a message or call takes: the world has confirmed it (6.6)."""
    player.keys.add(message.planned.key)
    message.ran.fate = "sent"
    message.ran.made = msgspec.structs.replace(act, asks=message.act.asks)
    player.woken.add(on + DAY)
    steps = {s.id: s for s in player.cadence.steps}
    label_of = {i.id: label for label, i in player.ledger.items.items() if i.open_minor}
    for item_id, step_id in act.takes:
        if step_id in message.steps and item_id in label_of:
            step, label = steps[step_id], label_of[item_id]
            item = player.ledger.items[label]
            taken = book.Taken(step_id, on, step.tone, step.phase, act.named_on)
            player.ledger.items[label] = msgspec.structs.replace(item, taken=(*item.taken, taken))
    for step_id in message.steps:
        player.waiting.pop(step_id, None)
    for q in player.questions:
        if q.what == "notice" and q.step in message.steps and q.state in ("asked", "granted"):
            q.state = "used"
    if message.planned.channel == "call":
        return
    _remind(player, act, on)
    player.outreach.append(book.Outreach(on, act.tone, message.planned.channel))
    written = [a.channel for a in act.actions if a.channel != "call"]
    player.done += [book.Done("attempt", on, channel) for channel in written]
    player.sent.append(Sent(act, on, message.ran))


def _remind(player: Player, act: decision.Act, on: dt.date | None) -> None:
    """Note that an instalment was reminded of, if that is what the message was."""
    about = reminder.about(act)
    for plan in player.plans.values():
        if about is not None and plan.made.stop == about.stop:
            plan.remind(about.n, on)


def call(player: Player, outcome: str, *, at: dt.datetime, on: dt.date) -> None:
    """Note a call: one that was made takes the step that waits for it (6.6, `core.calls`)."""
    outcome = outcome.replace(" ", "_")
    is_reached = outcome in calls.REACHED
    player.calls.append(calls.Try(at, outcome))
    if outcome == "wrong_number":
        player.routes = [r for r in player.routes if r.channel not in ("phone", "mobile")]
    if not is_reached:
        player.done.append(book.Done("attempt", on, "call"))
    if not calls.is_made(player.calls):
        return
    player.done.append(book.Done("call", on, "call"))
    waits = next((m for m in player.pending if m.state == "waiting"), None)
    if is_reached:
        tone = waits.act.tone if waits else "friendly"
        player.outreach.append(book.Outreach(on, tone, "call"))
    if waits is not None:
        player.pending.remove(waits)
        confirm(player, waits, waits.act, on=on)


def bounce(player: Player) -> None:
    """Break the last mail's address; take the message back if nothing else carried it (6.6).

    Raises: Refused when no mail was sent.
    """
    last = player.sent.pop() if player.sent else None
    mailed = next((a for a in last.act.actions if a.channel == "email"), None) if last else None
    if last is None or mailed is None:
        raise Refused("nothing_sent", "the last message was no mail that could bounce")
    broken = book.Route(mailed.to_role, "email", mailed.contact or 0)
    player.routes = [r for r in player.routes if r != broken]
    if any(a.channel not in ("email", "call") for a in last.act.actions):
        return
    last.ran.fate = "bounced"
    for label, item in player.ledger.items.items():
        kept = tuple(
            t for t in item.taken if (item.id, t.step) not in last.act.takes or t.on != last.on
        )
        player.ledger.items[label] = msgspec.structs.replace(item, taken=kept)
    at = max(n for n, o in enumerate(player.outreach) if o.on == last.on and o.channel == "email")
    _remind(player, last.act, None)
    player.outreach[at] = msgspec.structs.replace(player.outreach[at], reached=False)
    player.try_again(last.act.step, last.act.lead, "email")


def treat(player: Player, *, as_sent: bool) -> None:
    """Let a person decide about a delivery nobody knows of, on the day it was handed (6.5).

    Raises: Refused when there is none.
    """
    message = next((m for m in player.pending if m.state == "unknown"), None)
    if message is None:
        raise Refused("nothing_unknown", "no delivery is unknown")
    player.pending.remove(message)
    if as_sent:
        confirm(player, message, message.act, on=_day(player, message.at))
    else:
        message.ran.fate = "failed"
        player.try_again(message.act.step, message.act.lead, message.planned.channel)


def _day(player: Player, at: dt.datetime) -> dt.date:
    return at.astimezone(zoneinfo.ZoneInfo(player.zone)).date()


def _is_same(said: decision.Act, again: decision.Act) -> bool:
    """Tell whether a message may still go: the same step and key, and no higher amount (6.2)."""
    was = dict(said.amounts)
    return (
        again.step == said.step
        and {a.key for a in said.actions if a.takes_step}
        <= {a.key for a in again.actions if a.takes_step}
        and all(minor <= was.get(currency, 0) for currency, minor in again.amounts)
    )
