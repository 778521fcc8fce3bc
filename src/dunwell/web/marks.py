"""Template tags: amounts, days, doors (links that keep the day looked at) and bars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dunwell.core import money
from dunwell.web import words

register = template.Library()
Context = dict[str, Any]
_WIDTH = 1000


@register.simple_tag
def amount(minor: int, currency: str) -> SafeString:
    """Show an amount: its currency small before it, its figures in columns."""
    return format_html(
        '<span class="amount"><small>{}</small> {}</span>',
        currency, figure(minor, currency),
    )  # fmt: skip


@register.filter
def figure(minor: int, currency: str) -> str:
    """Write an amount under a heading that names its currency."""
    return f"{money.to_decimal(minor, currency):,}".replace("-", "\N{MINUS SIGN}")


@register.simple_tag(takes_context=True)
def day(context: Context, value: dt.date | dt.datetime | str | None) -> SafeString | str:
    """Show a day as people say it, the whole date on hover."""
    if value in (None, ""):
        return ""
    if isinstance(value, str):
        value = dt.date.fromisoformat(value[:10])
    on = value.date() if isinstance(value, dt.datetime) else value
    assert isinstance(on, dt.date)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        on.isoformat(), words.long_day(on), words.short_day(on, seen_on=context["as_of"]),
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def door(context: Context, *path: str, **query: str) -> str:
    """Return the address of a page, on the day looked at."""
    return href(path, query, as_of=None if context["is_today"] else context["as_of"])


@register.simple_tag
def url_of(*path: str, **query: str) -> str:
    """Return the address of a page as it is now, whatever day is looked at."""
    return href(path, query, as_of=None)


def href(path: Iterable[str], query: dict[str, str], *, as_of: dt.date | None) -> str:
    """Return an address from its parts, each made safe.

    >>> href(["customers", "A/1"], {"entity": "DE"}, as_of=dt.date(2026, 3, 2))
    '/customers/A%2F1?entity=DE&as_of=2026-03-02'
    """
    fields = {k: v for k, v in query.items() if v}
    if as_of is not None:
        fields["as_of"] = as_of.isoformat()
    where = "/" + "/".join(quote(str(p), safe="") for p in path if p)
    return f"{where}?{urlencode(fields)}" if fields else where


@register.filter
def joined_signs(sentence: str) -> str:
    """Keep a number and its percent sign on one line."""
    return sentence.replace(" %", "\N{NO-BREAK SPACE}%")


@register.filter
def here(note: str) -> str:
    """Leave out of a note what is typed elsewhere."""
    return words.here(note)


@register.filter
def person(name: str) -> str:
    """Name whoever did something."""
    return words.person(name)


@register.filter
def spoken(sentence: str) -> str:
    """Write the codes within a sentence of ours as words."""
    return words.spoken(sentence)


@register.filter
def dated(text: str) -> str:
    """Write the days in a text as people say them."""
    return words.dated(text)


@register.filter
def plain(code: str) -> str:
    """Write a code of ours as words."""
    return words.plain(str(code))


@register.filter
def titled(code: str) -> str:
    """Write a code of ours as the start of a sentence."""
    return words.titled(str(code))


@register.filter
def channel(code: str) -> str:
    """Name a channel."""
    return words.CHANNELS.get(code, code)


@register.filter
def state(code: str) -> str:
    """Say what became of a message."""
    return words.STATES.get(code, code)


@register.filter
def stop(code: str) -> str:
    """Name a stop."""
    return words.STOPS.get(code, words.plain(code))


@register.filter
def hour(at: dt.datetime) -> str:
    """Write the time of day where it is sent to, not where this page is read."""
    return f"{at:%H:%M}"


@register.filter
def pairs(found: dict[str, Any] | None) -> list[tuple[str, Any]]:
    """Return what a dictionary holds; a template would take `.items` for a key of that name."""
    return list(found.items()) if found else []


@register.filter
def of(names: dict[str, str], reference: str) -> str:
    """Return the name of a customer, its reference where no name is kept."""
    return names.get(reference) or reference


@register.filter
def at(found: dict[str, Any], key: str) -> Any:
    """Return what a dictionary holds under a key, None where it holds nothing."""
    return found.get(key)


@register.filter
def firsts(pairs_: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Return the first of each pair."""
    return [pair[0] for pair in pairs_]


@register.filter
def joined(text: str) -> str:
    """Write the lines of an address on one."""
    return ", ".join(line.strip() for line in text.splitlines() if line.strip())


@register.filter
def stacked(cells: list[tuple[str, int, str]]) -> list[int]:
    """Take what is open by age out of a line of the aging whose numbers are doors."""
    return [minor for _, minor, _ in cells[:-3]]


@register.simple_tag(takes_context=True)
def attached(context: Context, key: str, n: int) -> str:
    """Return the address of a file that travels with a message."""
    return door(context, "message", key, "attachment", str(n))


@register.filter
def role(code: str) -> str:
    """Name what a contact does there."""
    return words.ROLES.get(code, words.plain(code))


@register.filter
def rates(lines: list[dict[str, Any]]) -> list[str]:
    """Return the rates of some lines, each once."""
    return list(dict.fromkeys(str(x["rate_percent"]) for x in lines))


@register.filter
def number(n: int) -> str:
    """Write a count with thousands."""
    return f"{n:,}"


@register.simple_tag
def bar(part: int, whole: int) -> SafeString:
    """Draw a number as its share of the largest; the number itself stands beside it."""
    width = max(4, part * _WIDTH // whole) if whole > 0 and part > 0 else 0
    return format_html(
        '<svg class="bar" viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="{}" height="10"/><rect width="{}" height="10"/></svg>',
        _WIDTH, _WIDTH, width,
    )  # fmt: skip


@register.simple_tag
def stack(shares: list[int]) -> SafeString:
    """Draw an aging as one bar: not due, then each bucket darker than the one before."""
    whole = sum(s for s in shares if s > 0)
    places, start = [], 0
    for n, share in enumerate(shares):
        if share > 0 and whole:
            end = start + share
            left, right = start * _WIDTH // whole, end * _WIDTH // whole
            places.append((n, left, max(right - left, 2)))
            start = end
    return format_html(
        '<svg class="stack" viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="{}" height="10"/>{}</svg>',
        _WIDTH, _WIDTH,
        format_html_join("", '<rect class="age-{}" x="{}" width="{}" height="10"/>', places),
    )  # fmt: skip
