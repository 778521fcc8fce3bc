"""How a customer pays: early, promptly, late by a stable number of days, or not at all.

Days are ordinals (`date.toordinal`) throughout the simulator's inner loops: a million items
are made in pure Python, and adding integers costs a third of adding `timedelta`s.
"""

from __future__ import annotations

import datetime as dt
import functools
import random
from collections.abc import Sequence
from typing import TypeVar

import msgspec

Thing = TypeVar("Thing")

NEVER = 0
"""The pay day of somebody who does not intend to pay."""

KINDS = ("prompt", "slow", "erratic", "early", "seasonal", "direct_debit", "sinker")
_WEIGHTS = (22, 34, 16, 6, 8, 5, 9)
_HUNDRED = tuple(kind for kind, weight in zip(KINDS, _WEIGHTS, strict=True) for _ in range(weight))
_PAY_DAYS = ("any", "any", "friday", "friday", "month_end", "half_month")
_SLACK_MONTHS = frozenset({7, 8, 12})


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """One customer's way with bills. Shares are chances between 0 and 1.

    `lag_days` after the due date (before it if negative), give or take `spread_days`, then on
    to the customer's next `pay_day`. `heeds` is how much a friendly reminder helps.
    """

    kind: str
    lag_days: int
    spread_days: int
    pay_day: str
    heeds: float
    answers: float
    keeps_word: float
    part_pays: float
    short_pays: float
    objects: float
    bounces_money: float
    invoice_every_days: float
    typical_minor: int
    terms_days: int
    sunk_on: int = NEVER


def dice(*numbers: int) -> random.Random:
    """Return the stream of chance that belongs to these numbers, the same on every machine."""
    mixed = 0
    for number in numbers:
        mixed = mixed << 64 | number & 0xFFFF_FFFF_FFFF_FFFF
    # Chance for stories, not for secrets.
    return random.Random(mixed)


def pick(rng: random.Random, some: Sequence[Thing]) -> Thing:
    """Return one of some things; three times faster than `random.choice`."""
    return some[int(rng.random() * len(some))]


@functools.cache
def on_to_workday(day: int) -> int:
    """Return `day`, or the Monday after it."""
    weekday = (day - 1) % 7
    return day + 7 - weekday if weekday > 4 else day


@functools.cache
def back_to_workday(day: int) -> int:
    """Return `day`, or the Friday before it."""
    weekday = (day - 1) % 7
    return day - weekday + 4 if weekday > 4 else day


@functools.cache
def month_end(day: int) -> int:
    """Return the last working day of the month that `day` lies in."""
    date = dt.date.fromordinal(day)
    following = (date.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return back_to_workday(following.toordinal() - 1)


@functools.cache
def month(day: int) -> int:
    """Return the month number of `day`."""
    return dt.date.fromordinal(day).month


@functools.cache
def next_pay_day(pay_day: str, day: int) -> int:
    """Return the first day from `day` on which this customer pays at all.

    >>> dt.date.fromordinal(next_pay_day("friday", dt.date(2026, 3, 4).toordinal())).isoformat()
    '2026-03-06'
    """
    if pay_day == "friday":
        return day + (5 - day) % 7
    if pay_day == "any":
        return on_to_workday(day)
    if pay_day == "half_month" and dt.date.fromordinal(day).day <= 15:
        return on_to_workday(day + 15 - dt.date.fromordinal(day).day)
    last = month_end(day)
    return last if last >= day else month_end(day + 7)


def made(rng: random.Random, *, terms_days: int, is_person: bool) -> Habit:
    """Return a new customer's habit; money and rhythm are filled in by the book."""
    kind = pick(rng, _HUNDRED)
    chance = rng.random()
    lag_days, spread_days = {
        "prompt": (1 + int(chance * 4), 2),
        "slow": (10 + int(chance * chance * 75), 5),
        "erratic": (18 + int(chance * 20), 26),
        "early": (-4 - int(chance * 8), 3),
        "seasonal": (4 + int(chance * 8), 5),
        "direct_debit": (0, 0),
        "sinker": (10 + int(chance * 20), 8),
    }[kind]
    careless = 1.0 if kind in ("slow", "erratic", "seasonal") else 0.35
    return Habit(
        kind=kind,
        lag_days=max(lag_days, 5 - terms_days),
        spread_days=spread_days,
        pay_day="any" if is_person or kind == "direct_debit" else pick(rng, _PAY_DAYS),
        heeds={"sinker": 0.04, "erratic": 0.4, "slow": 0.25}.get(kind, 0.5),
        answers=0.12 if kind == "sinker" else 0.15 + chance * 0.3,
        keeps_word={"sinker": 0.1, "erratic": 0.55, "slow": 0.75}.get(kind, 0.92),
        part_pays=0.06 * careless,
        short_pays=0.03 * careless,
        objects=0.03 * careless,
        bounces_money=0.03 if kind in ("direct_debit", "sinker") else 0.002,
        invoice_every_days=30.0,
        typical_minor=0,
        terms_days=terms_days,
    )


def open_window_days(habit: Habit, *, as_of: int) -> int:
    """Return how long an item of this customer usually stays open, from its issue."""
    if habit.kind == "sinker":
        return habit.terms_days + max(20, as_of - habit.sunk_on)
    if habit.kind == "erratic":
        return habit.terms_days + habit.lag_days + habit.spread_days
    batch = {"any": 1, "friday": 4, "half_month": 8, "month_end": 15}[habit.pay_day]
    return max(2, habit.terms_days + habit.lag_days + batch)


def pay_on(habit: Habit, rng: random.Random, *, due: int) -> int:
    """Return the day this customer means to pay an item, or NEVER. Days are ordinals."""
    if habit.kind == "direct_debit":
        return on_to_workday(due)
    day = due + habit.lag_days + int(habit.spread_days * (rng.random() + rng.random() - 1))
    if habit.kind == "seasonal" and month(day) in _SLACK_MONTHS:
        day += 25
    elif habit.kind == "erratic" and rng.random() < 0.15:
        day += 40
    if habit.sunk_on and day >= habit.sunk_on:
        return NEVER
    return next_pay_day(habit.pay_day, day)
