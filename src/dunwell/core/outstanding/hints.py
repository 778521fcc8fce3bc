"""What late payers have in common that terms or invoicing could change, in words with figures.

Only what the book knows is looked at, and only what differs by more than luck is said: each
hint is one comparison of `payers.against`, all of them looked at together. A hint is what goes
together with paying late; whether it is why, the book cannot know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from dunwell.core.outstanding import payers

TERMS = (7, 14, 30, 45, 60, 90)
"""The upper bounds, in days, of the classes of payment terms."""
NO_TERMS = "not known"


class Trait(NamedTuple):
    """Something a customer may have: who they are, who the others are, and what could be done."""

    who: str
    others: str
    do: str


TRAITS = {
    "no_po": Trait(
        "Customers most of whose invoices carry no purchase order number",
        "those whose invoices mostly do",
        "ask for the order number before invoicing, and print it on the invoice",
    ),
    "undelivered": Trait(
        "Customers with an invoice that is known not to have reached them",
        "the others",
        "check where invoices go to, and send one that came back again the same day",
    ),
    "bounced": Trait(
        "Customers with an address that no longer works",
        "the others",
        "find the address that invoices should go to",
    ),
    "no_contact": Trait(
        "Customers of whom no contact can be reached",
        "those with one",
        "find out who books the invoices there, and enter them",
    ),
}


class About(NamedTuple):
    """What is known of a customer beside its payments; `traits` are codes of `TRAITS`."""

    terms: str
    method: str
    traits: frozenset[str]


class Hint(NamedTuple):
    """One comparison that came out: its figures, and what could be done.

    `kind` and `value` name the customers it rests on: trait no_po, terms 46-60, method card.
    """

    kind: str
    value: str
    customers: int
    others: int
    late: Decimal
    others_late: Decimal
    luck: float
    sentence: str
    do: str


class Hints(NamedTuple):
    """What came out, how many comparisons were made, and how many could not be."""

    found: list[Hint]
    made: int
    too_few: int


def terms_class(days: int | None) -> str:
    """Name the class of payment terms that days fall in.

    >>> [terms_class(n) for n in (0, 30, 31, 91, None)]
    ['0-7 days', '15-30 days', '31-45 days', '91+ days', 'not known']
    """
    if days is None:
        return NO_TERMS
    starts = (0, *(bound + 1 for bound in TERMS))
    for first, last in zip(starts, TERMS, strict=False):
        if days <= last:
            return f"{first}-{last} days"
    return f"{starts[-1]}+ days"


def look(everybody: Sequence[payers.Payer], about: Mapping[str, About]) -> Hints:
    """Return what late payers have in common, the largest difference first.

    Traits are set against the customers without them, terms against all shorter ones, a way
    of paying against all others.
    """
    said: list[tuple[str, str, Trait]] = []
    groups: list[tuple[str, payers.Counts, payers.Counts]] = []
    for kind, value, trait, is_of, is_set_against in _questions(about.values()):
        mine = payers.counted(p for p in everybody if is_of(about[p.customer]))
        others = payers.counted(p for p in everybody if is_set_against(about[p.customer]))
        if mine and others:
            said.append((kind, value, trait))
            groups.append((value, mine, others))
    found = []
    judged = payers.against(groups)
    for (kind, value, trait), one in zip(said, judged, strict=True):
        # Of a way of paying the good news is said: that some other one is worse says no more.
        if one.verdict == ("early" if kind == "method" else "late"):
            found.append(_hint(kind, value, trait, one))
    found.sort(key=lambda h: (-abs(h.late - h.others_late), h.kind, h.value))
    too_few = sum(one.verdict == "too_few" for one in judged)
    return Hints(found, len(judged) - too_few, too_few)


Test = Callable[[About], bool]


def _questions(about: Iterable[About]) -> list[tuple[str, str, Trait, Test, Test]]:
    """Return what is asked of this book: kind, value, words, who is of it, and set against whom."""
    known = list(about)
    carries = any("no_po" not in a.traits for a in known)
    out: list[tuple[str, str, Trait, Test, Test]] = []
    for code, trait in TRAITS.items():
        if code != "no_po" or carries:
            out.append(
                ("trait", code, trait, _has(code), lambda a, code=code: code not in a.traits)  # type: ignore[misc]
            )
    order = [terms_class(d) for d in (*TERMS, TERMS[-1] + 1)]
    for place, name in enumerate(order[1:], start=1):
        shorter = set(order[:place])
        words = Trait(
            f"Customers on terms of {name}", "those on shorter terms",
            "agree shorter terms where they can be, or a discount for paying early",
        )  # fmt: skip
        out.append(
            ("terms", name, words, _on(name), lambda a, shorter=shorter: a.terms in shorter)  # type: ignore[misc]
        )
    for method in sorted({a.method for a in known if a.method}):
        name = method.replace("_", " ")
        words = Trait(
            f"Customers who pay by {name}", "those who pay otherwise",
            f"offer {name} to those who pay otherwise",
        )  # fmt: skip
        out.append(
            ("method", method, words, _by(method), lambda a, method=method: a.method != method)  # type: ignore[misc]
        )
    return out


def _has(code: str) -> Test:
    return lambda a: code in a.traits


def _on(name: str) -> Test:
    return lambda a: a.terms == name


def _by(method: str) -> Test:
    return lambda a: a.method == method


def _hint(kind: str, value: str, trait: Trait, one: payers.Kind) -> Hint:
    assert one.late is not None
    assert one.others_late is not None
    assert one.luck is not None
    apart = abs(one.late - one.others_late)
    how = "later" if one.late > one.others_late else "earlier"
    sentence = (
        f"{trait.who} pay {apart} days {how} than {trait.others}: {one.late} days late on average"
        f" ({one.customers} customers) against {one.others_late} ({one.others})."
    )
    return Hint(
        kind,
        value,
        one.customers,
        one.others,
        one.late,
        one.others_late,
        one.luck,
        sentence,
        trait.do,
    )
