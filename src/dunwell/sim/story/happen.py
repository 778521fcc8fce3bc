"""What can happen in a story: every event, its form, and its effect on the Player.

One function an event, in the order of the reference page; who the customer is stands in `who`.
An event the system would refuse raises `Refused`; one that speaks of things that are not there
raises `Absent`.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from dunwell.core import book, disputes, workdays
from dunwell.core.errors import Refused
from dunwell.core.reasons import Reason
from dunwell.sim.story import agreed, hand_over
from dunwell.sim.story.forms import Said
from dunwell.sim.story.ledger import DAY, Absent
from dunwell.sim.story.player import PAUSE_DAYS, Player, Question
from dunwell.sim.story.who import KINDS, Kind, When, kind

__all__ = ["KINDS", "Kind", "When"]

COLLECTION_RESULT_DAYS = 5
HARDSHIP_DAYS = 14


# --- the book --------------------------------------------------------------------------------


@kind("invoice|instalment|debit_note|claim NUMBER AMOUNT [due DATE] [at go-live]")
def _item(p: Player, when: When, said: Said) -> None:
    given = said.amount()
    assert given is not None
    p.ledger.add(
        said["number"], said["word"].replace(" ", "_"), given, on=when.day,
        due_on=said.day("due") or when.day, is_go_live="flag" in said, method=p.method,
    )  # fmt: skip


@kind("credit note NUMBER AMOUNT [for ITEM]")
def _credit_note(p: Player, when: When, said: Said) -> None:
    given = said.amount()
    assert given is not None
    applies_to = said.get("item", "")
    if applies_to:
        p.ledger.item(applies_to)
    p.ledger.add(
        said["number"], "credit_note", given, on=when.day, due_on=when.day, applies_to=applies_to
    )
    for name in sorted(p.upheld):
        if all(_is_credited(p, name, i, minor) for i, minor in p.stops[name].items):
            p.end(name, last_on=when.day - DAY)
            p.upheld.discard(name)


def _is_credited(p: Player, name: str, item_id: int, minor: int | None) -> bool:
    item = next(i for i in p.ledger.items.values() if i.id == item_id)
    came = p.ledger.credited(item.label, since=p.stops[name].from_on)
    return came >= min(item.open_minor, item.open_minor if minor is None else minor)


@kind("payment AMOUNT [for ITEMS] [dated DATE] [as NAME]")
def _payment(p: Player, when: When, said: Said) -> None:
    given = said.amount()
    assert given is not None
    name = said.get("name") or f"payment-{len(p.ledger.payments) + 1}"
    p.ledger.pay(name, given, said.items_named(), on=said.day("dated") or when.day)


@kind("allocation AMOUNT [of CREDIT] for ITEMS")
def _allocation(p: Player, when: When, said: Said) -> None:
    given = said.amount()
    assert given is not None
    p.ledger.allocate(given, said.items_named(), credit=said.get("credit"), on=when.day)


@kind("reversal of NAME")
def _reversal(p: Player, when: When, said: Said) -> None:
    reopened = p.ledger.reverse(said["name"], on=when.day)
    if any(p.ledger.item(label).due_on < when.day for label in reopened):
        p.reopen_case()


@kind("correction NUMBER [amount AMOUNT] [due DATE]")
def _correction(p: Player, when: When, said: Said) -> None:
    before = p.ledger.item(said["number"])
    p.ledger.correct(said["number"], amount=said.amount(), due_on=said.day("due"), on=when.day)
    if before.taken and not p.ledger.item(said["number"]).taken:
        for taken in before.taken:  # the ladder starts anew, so the same steps are tried again
            for channel in ("email", "letter", "sms", "portal", "call"):
                p.try_again(taken.step, before.id, channel)


# --- casework --------------------------------------------------------------------------------


@kind("hold [on ITEMS] [of AMOUNT] [from DATE] [until DATE] [as NAME]")
def _hold(p: Player, when: When, said: Said) -> None:
    _open(p, when, said, "hold", name="hold")


@kind("commercial pause [on ITEMS] [until DATE] [as NAME]")
def _pause(p: Player, when: When, said: Said) -> None:
    """Asked by sales: it begins when the manager approves, and lasts at most 14 days."""
    name, until = said.get("name", "pause"), said.day("until")
    if until is not None and (until - when.day).days >= PAUSE_DAYS:
        raise Refused("too_long", f"a commercial pause lasts at most {PAUSE_DAYS} days")
    p.check_free(name)
    items = tuple((p.ledger.item(x).id, None) for x in said.items_named())
    p.pauses[name] = book.Stop(p.next_id(), "hold", when.day, until, items)
    p.questions.append(Question(name, "", "manager", when.day))


@kind("hardship [as NAME]")
def _hardship(p: Player, when: When, said: Said) -> None:
    until = when.day + (HARDSHIP_DAYS - 1) * DAY
    p.stop("hardship", said.get("name", "hardship"), on=when.day, until=until)


@kind("dispute on ITEMS [of AMOUNT] [about REASON] [from DATE] [as NAME]")
def _dispute(p: Player, when: When, said: Said) -> None:
    _open(p, when, said, "dispute", name="dispute")


@kind("dispute [NAME] rejected|upheld|credited")
def _dispute_ends(p: Player, when: When, said: Said) -> None:
    """Rejected: disputed for 7 days more, which stop no clock; upheld: until its credit note."""
    name, how = said.get("name", "dispute"), said["word"]
    if how == "credited":
        p.end(name, last_on=when.day - DAY)
        return
    if name not in p.stops:
        p.end(name, last_on=when.day)  # says what there is
    if how == "upheld":
        p.upheld.add(name)
        return
    p.stops[name] = msgspec.structs.replace(
        p.stops[name], until_on=when.day + disputes.REJECTED_DAYS * DAY, clock_until_on=when.day
    )


@kind("promise [AMOUNT] [on ITEMS] by DATE [as NAME]")
def _promise(p: Player, when: When, said: Said) -> None:
    until = said.day("by")
    assert until is not None
    name = said.get("name", "promise")
    p.check_free(name)
    rules = p.policy_in_force.settings.promises
    made = agreed.promise(
        p.agreeing(when.day), rules, stop_id=p.next_id(), name=name, labels=said.items_named(),
        amount=said.amount(), by_on=until, calendar=p.entity_calendar,
    )  # fmt: skip
    p.promises[name] = made
    if made.made.in_force_on is None:
        p.questions.append(Question(name, "", rules.approve, when.day))


@kind("promise [NAME] withdrawn")
def _promise_withdrawn(p: Player, when: When, said: Said) -> None:
    name = said.get("name", "promise")
    if name not in p.promises:
        raise Absent(f"no promise is named {name}; there are: {', '.join(p.promises) or 'none'}")
    p.promises[name].withdraw(when.day)


@kind("plan on ITEMS in N instalments from DATE [as NAME]")
def _plan(p: Player, when: When, said: Said) -> None:
    first_on = said.day("from")
    assert first_on is not None
    name = said.get("name", "plan")
    p.check_free(name)
    rules = p.policy_in_force.settings.plans
    p.plans[name] = agreed.plan(
        p.agreeing(when.day), rules, stop_id=p.next_id(), name=name, labels=said.items_named(),
        instalments=int(said["n"]), first_on=first_on, calendar=p.entity_calendar,
        segment=p.segment, base=p.base, rates=p.rates,
    )  # fmt: skip
    p.questions.append(Question(name, "", rules.approve, when.day))


@kind("collection of ITEMS on DATE [as NAME]")
def _collection(p: Player, when: When, said: Said) -> None:
    taken_on = said.day("on")
    assert taken_on is not None
    last = workdays.add_working(p.entity_calendar, taken_on, COLLECTION_RESULT_DAYS)
    items = tuple((p.ledger.item(x).id, None) for x in said.items_named())
    p.stop(
        "automatic_collection", said.get("name", "collection"), on=when.day, until=last, items=items
    )


@kind("collection [NAME] returned")
def _returned(p: Player, when: When, said: Said) -> None:
    p.end(said.get("name", "collection"), last_on=when.day - DAY)


@kind("insolvency|lawyer|ceased [from DATE]")
def _whole(p: Player, when: When, said: Said) -> None:
    kinds = {"lawyer": "legal_representation"}
    word = said["word"]
    p.stop(kinds.get(word, word), word, on=said.day("from") or when.day)


@kind("placement on ITEMS [as NAME]")
def _placement(p: Player, when: When, said: Said) -> None:
    _open(p, when, said, "placement", name="placement")


@kind("placement [NAME] recalled")
def _recalled(p: Player, when: When, said: Said) -> None:
    """A recalled item does not re-enter the ladder; a person decides (SEMANTICS 7)."""
    name = said.get("name", "placement")
    p.end(name, last_on=when.day - DAY)
    p.stop("moved_out", f"{name}-recalled", on=when.day, items=p.stops[name].items)


@kind("moved out [on ITEMS] [until DATE] [as NAME]")
def _moved_out(p: Player, when: When, said: Said) -> None:
    _open(p, when, said, "moved_out", name="moved-out")


@kind("undelivered ITEMS")
def _undelivered(p: Player, when: When, said: Said) -> None:
    for label in said.items_named():
        p.stop(
            "undelivered", f"undelivered-{label}", on=when.day,
            items=((p.ledger.item(label).id, None),),
        )  # fmt: skip


@kind("delivered ITEMS")
def _delivered(p: Player, when: When, said: Said) -> None:
    for label in said.items_named():
        p.end(f"undelivered-{label}", last_on=when.day - DAY)


@kind("release NAME")
def _release(p: Player, when: When, said: Said) -> None:
    """End a hold or another stop: today it no longer covers."""
    p.end(said["name"], last_on=when.day - DAY)


# --- contacts and answers --------------------------------------------------------------------


@kind("approve|refuse WHAT [by ROLE] [until DATE]")
def _answer(p: Player, when: When, said: Said) -> None:
    p.answer(
        said["what"], granted=said["word"] == "approve", on=when.day, until=said.day("until"),
        role=said.get("role"),
    )  # fmt: skip


@kind("reply")
def _reply(p: Player, when: When, _said: Said) -> None:
    p.done.append(book.Done("reply", when.day))
    if "reply" in p.stops:
        p.end("reply", last_on=when.day - DAY)
        p.stops[f"reply-{p.next_id()}"] = p.stops.pop("reply")
    p.stop("reply_unread", "reply", on=when.day)


@kind("reply read")
def _reply_read(p: Player, when: When, _said: Said) -> None:
    p.end("reply", last_on=when.day - DAY)


@kind("call OUTCOME")
def _call(p: Player, when: When, said: Said) -> None:
    at = p.moment(when.day, when.time or dt.time(0, 0))
    hand_over.call(p, said["outcome"], at=at, on=when.day)


@kind("contact TONE by CHANNEL [as STEP] [for ITEMS] [on DATE]")
def _contact(p: Player, when: When, said: Said) -> None:
    """A contact made by hand or brought from the old system; a step if it says which."""
    on = said.day("on") or when.day
    p.outreach.append(book.Outreach(on, said["tone"], said["channel"]))
    p.done.append(
        book.Done("call" if said["channel"] == "call" else "attempt", on, said["channel"])
    )
    if "step" not in said:
        return
    step = next((s for s in p.cadence.steps if s.id == said["step"]), None)
    tone, phase = (step.tone, step.phase) if step else (said["tone"], "overdue")
    for label in said.items_named():
        item = p.ledger.item(label)
        taken = (*item.taken, book.Taken(said["step"], on, tone, phase))
        p.ledger.items[label] = msgspec.structs.replace(item, taken=taken)


@kind("bounce")
def _bounce(p: Player, _when: When, _said: Said) -> None:
    hand_over.bounce(p)


@kind("next delivery unknown")
def _unknown(p: Player, _when: When, _said: Said) -> None:
    p.is_next_unknown = True


@kind("treat as sent|failed")
def _treat(p: Player, _when: When, said: Said) -> None:
    hand_over.treat(p, as_sent=said["word"] == "sent")


# --- the clock -------------------------------------------------------------------------------


@kind("no run [until DATE]")
def _no_run(p: Player, when: When, said: Said) -> None:
    p.no_run_until = max(p.no_run_until, said.day("until") or when.day)


@kind("run again")
def _run_again(p: Player, when: When, _said: Said) -> None:
    p.look(when.day, at=p.moment(when.day, when.time or dt.time(12, 0)))


@kind("late bank file")
def _late(p: Player, _when: When, _said: Said) -> None:
    p.data_to = p.data_before


@kind("bring forward WORD")
def _bring_forward(p: Player, _when: When, said: Said) -> None:
    if said["word"] not in set(Reason):
        raise Absent(f"{said['word']} is no reason; see docs/reference/stories.md")
    reason = Reason(said["word"])
    if reason not in (
        Reason.NOT_YET, Reason.TOO_SOON, Reason.BELOW_MINIMUM, Reason.QUIET_HOURS,
    ):  # fmt: skip
        raise Refused("not_allowed", f"nobody may bring forward what is {reason}")
    p.brought_forward = (*p.brought_forward, reason)


@kind("publish POLICY [for new cases]")
def _publish(p: Player, _when: When, said: Said) -> None:
    p.policy = p.policy_named(said["policy"])
    p.policies_seen.append(p.policy)
    if "flag" not in said:
        p.case_policy = p.policy


def _open(p: Player, when: When, said: Said, stop_kind: str, *, name: str) -> None:
    """Open a stop from the usual places: on ITEMS, of AMOUNT, from DATE, until DATE, as NAME."""
    given = said.amount()
    labels = said.items_named()
    if given is not None and len(labels) != 1:
        raise Refused("which_item", "an amount is a part of one item: name that item")
    items = tuple((p.ledger.item(x).id, given[1] if given else None) for x in labels)
    p.stop(
        stop_kind, said.get("name", name), on=said.day("from") or when.day,
        until=said.day("until"), items=items,
    )  # fmt: skip
