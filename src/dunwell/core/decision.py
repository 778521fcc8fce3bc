"""What a look at a case can come to: Act, Ask or Wait, always with its reasons.

Values only. Items stand by their store id; `lines` holds what is demanded of each, net.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeAlias

import msgspec

from dunwell.core.reasons import Reason


class Planned(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One action to be recorded: its key is never sent twice (SEMANTICS 6.5).

    Confirmed, it takes the steps named by `takes_steps` for every item the act says takes them.
    """

    channel: str
    to_role: str
    key: str
    send_at: str
    template: str = ""
    contact: int | None = None
    takes_step: bool = False
    step: str = ""
    takes_steps: tuple[str, ...] = ()
    urgent: bool = False
    read_receipt: bool = False


class Asked(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a named role must approve, as it would be done."""

    what: str
    step: str
    tone: str
    approval: str
    items: tuple[int, ...]
    takes: tuple[tuple[int, str], ...]
    amounts: tuple[tuple[str, int], ...]
    actions: tuple[Planned, ...]


class Act(msgspec.Struct, frozen=True, omit_defaults=True, tag="act", gc=False):
    """Do it: one message about the case, what each item takes, and what else is proposed."""

    step: str
    tone: str
    phase: str
    template: str
    lead: int
    about: tuple[int, ...]
    takes: tuple[tuple[int, str], ...]
    lines: tuple[tuple[int, int], ...]
    amounts: tuple[tuple[str, int], ...]
    actions: tuple[Planned, ...]
    refs: dict[str, Any]
    also_overdue: tuple[int, ...] = ()
    under_query: tuple[tuple[int, int], ...] = ()
    due_soon: tuple[int, ...] = ()
    asks: tuple[Asked, ...] = ()
    named_on: dt.date | None = None
    is_final_demand: bool = False
    signatory: str = "collector"
    responsible: str = "collector"
    consequences: tuple[str, ...] = ()
    held_back: tuple[tuple[int, str], ...] = ()
    checkpoint: dict[str, Any] | None = None
    look_again_on: dt.date | None = None


class Ask(msgspec.Struct, frozen=True, omit_defaults=True, tag="ask", gc=False):
    """A named role must approve before anything goes; nothing goes meanwhile."""

    asks: tuple[Asked, ...]
    refs: dict[str, Any]
    also: tuple[Reason, ...] = ()
    reason: Reason = Reason.NEEDS_APPROVAL
    look_again_on: dt.date | None = None


class Wait(msgspec.Struct, frozen=True, omit_defaults=True, tag="wait", gc=False):
    """Nothing now, and why; `look_again_on` is the first day the reason may change."""

    reason: Reason
    also: tuple[Reason, ...] = ()
    look_again_on: dt.date | None = None
    refs: dict[str, Any] = {}


Decision: TypeAlias = Act | Ask | Wait
