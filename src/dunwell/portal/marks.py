"""Template tags of the customer's pages: sentences, amounts and dates in the page's language."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template

from dunwell.portal.tongue import Tongue

register = template.Library()
Context = dict[str, Any]


@register.simple_tag(takes_context=True)
def say(context: Context, name: str, **fields: object) -> str:
    """Say a sentence of the page's language."""
    return _tongue(context).say(name, **fields)


@register.simple_tag(takes_context=True)
def word(context: Context, name: str) -> str:
    """Return a label that the mails have too."""
    return _tongue(context).words.label(name)


@register.simple_tag(takes_context=True)
def cash(context: Context, minor: int, currency: str) -> str:
    """Write an amount with its currency."""
    return _tongue(context).money(minor, currency)


@register.simple_tag(takes_context=True)
def on(context: Context, value: dt.date) -> str:
    """Write a date."""
    return _tongue(context).short(value)


@register.simple_tag(takes_context=True)
def long(context: Context, value: dt.date | dt.datetime) -> str:
    """Write a date as in a letter."""
    return _tongue(context).date(value.date() if isinstance(value, dt.datetime) else value)


@register.simple_tag(takes_context=True)
def late(context: Context, days: int) -> str:
    """Say how many days late something is."""
    say = _tongue(context).say
    return say("late_one") if days == 1 else say("late_many", days=days)


def _tongue(context: Context) -> Tongue:
    found: Tongue = context["tongue"]
    return found
