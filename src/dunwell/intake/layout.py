"""Which column of a file holds which field: by the mapping, by our own names, by proposal.

Our names match whatever their case, blanks and underscores. Well-known headings in other words
are proposed, never taken in silence: each proposal is a sentence among the source's guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dunwell.core.errors import Refused
from dunwell.intake.kinds import Kind
from dunwell.intake.mapping import Mapping
from dunwell.intake.synonyms import SYNONYMS
from dunwell.intake.values import same


class Layout(NamedTuple):
    """Where each field stands, the headings as the file has them, and what was proposed."""

    at: dict[str, int]
    headings: tuple[str, ...]
    proposed: frozenset[str] = frozenset()

    def column(self, field: str) -> str:
        """Return what to call a column in a complaint: its heading, with our name behind.

        >>> Layout({"due_on": 0}, ("Fällig am",)).column("due_on")
        'Fällig am (due_on)'
        """
        if field not in self.at:
            return field
        heading = self.headings[self.at[field]]
        return field if same(heading) == same(field) else f"{heading} ({field})"

    def without(self, field: str) -> Layout:
        """Return the layout with a proposal taken back."""
        at = {f: i for f, i in self.at.items() if f != field}
        return Layout(at, self.headings, self.proposed - {field})

    def guesses(self) -> list[str]:
        """Return the sentences about headings: what was proposed, what is not used."""
        said = [
            f"column {self.headings[i]!r} is taken as {field}"
            for field, i in self.at.items()
            if field in self.proposed
        ]
        used = set(self.at.values())
        unused = [h for i, h in enumerate(self.headings) if h and i not in used]
        if unused:
            some = ", ".join(repr(h[:40]) for h in unused[:20])
            said.append(f"columns not used: {some}{' …' if len(unused) > 20 else ''}")
        return said


def find(kind: Kind, headings: Sequence[str], mapping: Mapping, *, file: str) -> Layout:
    """Find the column of each field.

    Raises: Refused("wrong_columns") when a required one is missing or one stands twice.
    """
    found, proposed, twice = _match(kind, headings, mapping, file=file)
    if twice:
        raise Refused("wrong_columns", f"{file}: {twice}")
    missing = [f for f in kind.required if f not in found and f not in mapping.constants]
    if missing:
        raise Refused("wrong_columns", _missing(kind, headings, missing, file=file))
    return Layout(found, tuple(headings), frozenset(proposed))


def fit(kind: Kind, cells: Sequence[str], mapping: Mapping) -> tuple[bool, int]:
    """Tell whether cells can be the headings (all that is required is there), and how well."""
    try:
        found, _, twice = _match(kind, cells, mapping, file="")
    except Refused:
        return False, 0
    missing = [f for f in kind.required if f not in found and f not in mapping.constants]
    return bool(found) and not missing and not twice, len(found)


def _match(
    kind: Kind, headings: Sequence[str], mapping: Mapping, *, file: str
) -> tuple[dict[str, int], set[str], str]:
    plain = [same(h) for h in headings]
    free = {i for i, h in enumerate(plain) if h and h not in mapping.ignore_columns}
    found: dict[str, int] = {}
    proposed = set[str]()
    for field, heading in mapping.columns.items():
        at = [i for i, h in enumerate(plain) if h == same(heading)]
        if len(at) != 1:
            many = f"{len(at)} columns" if at else "no column"
            raise Refused(
                "wrong_columns",
                f"{mapping.place(f'columns.{field}')}: {file} has {many} called {heading!r}; "
                f"it has {_list(headings)}",
            )
        found[field] = at[0]
    free -= set(found.values())
    wanted = [f for f in kind.columns if f not in found and f not in mapping.constants]
    for names_of, is_guess in ((_own_name, False), (_other_names, True)):
        for field in [f for f in wanted if f not in found]:
            names = names_of(kind, field)
            at = [i for i in sorted(free) if plain[i] in names]
            if len(at) > 1:
                both = " and ".join(repr(headings[i]) for i in at[:3])
                return found, proposed, (
                    f"more than one column can be {field}: {both}; rename one, or say which in a "
                    f"mapping: `columns: {{{field}: …}}`"
                )  # fmt: skip
            if at:
                found[field] = at[0]
                free.discard(at[0])
                if is_guess:
                    proposed.add(field)
    return found, proposed, ""


def _own_name(_kind: Kind, field: str) -> frozenset[str]:
    return frozenset({same(field)})


def _other_names(kind: Kind, field: str) -> frozenset[str]:
    return SYNONYMS.get((kind.name, field)) or SYNONYMS.get(("", field), frozenset())


def _list(headings: Sequence[str]) -> str:
    shown = [repr(h[:40]) for h in headings[:40] if h]
    return ", ".join(shown) + (" …" if len(headings) > 40 else "") or "no headings"


def _missing(kind: Kind, headings: Sequence[str], missing: list[str], *, file: str) -> str:
    return (
        f"{file}: no column for {', '.join(missing)}. Found: {_list(headings)}. "
        f"Wanted for {kind.name}: {', '.join(kind.columns)} "
        f"(required: {', '.join(kind.required)}). Rename the columns, or write a mapping: "
        f"`columns: {{{missing[0]}: …}}`"
    )
