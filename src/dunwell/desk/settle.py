"""What follows from the book by itself: judged after money came in, and again every night.

Each judge looks at one noun and records what has become true: a promise kept or broken, a
plan in default, a suspension to lift. `AFTER_MONEY` also runs the same minute for the
customers a file or a person touched (SEMANTICS 7, 12); `NIGHTLY` once a run, for all. A judge
is safe to run twice, and one's error stops no other (6.7).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection

from dunwell.core.scope import Scope
from dunwell.desk import (
    again,
    alert,
    call,
    checklist,
    dispute,
    hardship,
    instalments,
    lifting,
    likelihood,
    placement,
    plan,
    promise,
    task,
    terms,
    write_off,
)

log = logging.getLogger("dunwell.settle")

Judge = Callable[[Scope, Collection[int] | None, dt.date, dt.datetime], None]
"""A judge of some customers (None: all) as of a day, at a time."""

AFTER_MONEY: tuple[Judge, ...] = (
    call.cancel_paid,
    dispute.end_credited,
    promise.judge,
    plan.judge,
    placement.judge_payments,
    write_off.judge,
    lifting.judge,
    terms.judge,
)
NIGHTLY: tuple[Judge, ...] = (
    likelihood.review,
    again.review,
    dispute.escalate,
    dispute.await_credits,
    hardship.review,
    alert.watch,
    task.mind,
    instalments.remind,
    checklist.judge,
    placement.judge_debts,
    placement.judge_recalled,
    lifting.silent,
    terms.nightly,
)


def after_money(
    scope: Scope, customers: Collection[int], *, as_of: dt.date, now: dt.datetime
) -> list[str]:
    """Judge what money or credit that came in may have changed; return what went wrong."""
    return _judge(AFTER_MONEY, scope, customers, as_of, now) if customers else []


def nightly(scope: Scope, *, as_of: dt.date, now: dt.datetime) -> list[str]:
    """Judge everything that time alone may have changed; return what went wrong."""
    return _judge((*AFTER_MONEY, *NIGHTLY), scope, None, as_of, now)


def _judge(
    judges: tuple[Judge, ...],
    scope: Scope,
    customers: Collection[int] | None,
    as_of: dt.date,
    now: dt.datetime,
) -> list[str]:
    wrong: list[str] = []
    for judge in judges:
        try:
            judge(scope, customers, as_of, now)
        except Exception as error:
            name = f"{judge.__module__.rpartition('.')[2]}.{judge.__name__}"
            log.exception("%s failed", name)
            wrong.append(f"{name}: {type(error).__name__}: {error}")
    return wrong
