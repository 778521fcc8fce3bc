"""What can be done with one row of a list of casework: export it, recall it, reverse it, end it.

One table: which list, what, the right it takes, the form it asks, and what the desk does. A row
offers what fits it; whoever may not is not offered it. Nothing here can be taken back by itself:
each form says what follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django import forms

from dunwell.desk import agency_file, insolvency, measure, placement, terms, write_off
from dunwell.web import acts, read, words
from dunwell.web.acts import fields

Found = dict[str, Any]


class File(NamedTuple):
    """A file that is given out: its name, its kind, and what is in it."""

    name: str
    kind: str
    content: bytes


class Deed(NamedTuple):
    """One thing to do with a row; `said` tells beforehand what follows.

    `fits` tells of which rows it is offered; `about` returns what a person should see first.
    """

    title: str
    button: str
    right: str
    said: str
    form: type[forms.Form]
    do: Callable[[read.Desk, int, Mapping[str, Any], dt.datetime], acts.Done | File]
    fits: Callable[[Found], bool]
    about: Callable[[read.Desk, int], Found] | None = None


class _Nothing(forms.Form):
    """Nothing is asked."""


class _Why(forms.Form):
    reason = fields.line("Why", required=True)


class _How(forms.Form):
    reason = fields.line("How it ended", help_text="Such as paid in full, or given up.")


class _Filed(forms.Form):
    on = fields.day("Filed on", help_text="Nothing written means today.")


def of(slug: str, row: Found, roles: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Return what may be done with a row of a list, as (name, title)."""
    return [
        (name, deed.title)
        for (noun, name), deed in TABLE.items()
        if noun == slug and deed.fits(row) and roles(deed.right)
    ]


# --- handed over ------------------------------------------------------------------------------


def _export(noun: str) -> Callable[[read.Desk, int, Mapping[str, Any], dt.datetime], File]:
    def do(desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime) -> File:
        del said
        made = agency_file.make(desk.scope, number, noun=noun, as_of=desk.today, now=now)
        agency_file.record(desk.scope, made, as_of=desk.today, now=now)
        return File(f"{noun}-{number}.zip", "application/zip", made.archive())

    return do


def _take_back(
    noun: str, state: str
) -> Callable[[read.Desk, int, Mapping[str, Any], dt.datetime], acts.Done]:
    def do(desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime) -> acts.Done:
        made = placement.take_back(
            desk.scope, number, noun=noun, state=state, reason=said["reason"], as_of=desk.today,
            now=now,
        )  # fmt: skip
        held = made["held"]
        waits = f" {words.count(held, 'item')} wait{'s' if held == 1 else ''} for a person: see "
        return acts.Done(
            ("Taken back." if state == "recalled" else "Closed.")
            + (f"{waits}the tasks." if held else " Nothing of it is open.")
        )

    return do


def _handed(noun: str, whom: str, files: str) -> dict[str, Deed]:
    """Return what can be done with what one of them has."""
    is_out: Callable[[Found], bool] = lambda r: r["state"] == "placed"  # noqa: E731
    can_end: Callable[[Found], bool] = (  # noqa: E731
        lambda r: r["state"] == "placed" and r["kind"] != "bureau"
    )
    return {
        "export": Deed(
            "Export", "Save the files", "placement",
            f"One file to save, for {whom}: {files} That it was given out is kept in the journal.",
            _Nothing, _export(noun), is_out,
        ),
        "recall": Deed(
            "Recall", "Take it back", "placement",
            f"It is taken back from {whom}, whom you tell yourself. What is still open of it is "
            "held, and does not go back to the ladder: a task asks a person what follows.",
            _Why, _take_back(noun, "recalled"), can_end,
        ),
        "close": Deed(
            "Close", "Close it", "placement",
            f"It has run its course at {whom}. What is still open of it is held, and a task asks "
            "a person what follows.",
            _How, _take_back(noun, "closed"), is_out,
        ),
    }  # fmt: skip


# --- given up, stopped, changed ---------------------------------------------------------------


def _reverse(desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime) -> acts.Done:
    write_off.close(desk.scope, number, reason=said["reason"], as_of=desk.today, now=now)
    return acts.Done("Reversed: what is open of it may be chased again.")


def _claim(desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime) -> acts.Done:
    insolvency.claim(desk.scope, number, on=said["on"] or desk.today, as_of=desk.today, now=now)
    return acts.Done("Kept: our claim is filed.")


def _close_insolvency(
    desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime
) -> acts.Done:
    insolvency.close(desk.scope, number, reason=said["reason"], as_of=desk.today, now=now)
    return acts.Done("Closed: the case goes on.")


def _release(desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime) -> acts.Done:
    del said
    terms.release(desk.scope, number, on=desk.today, now=now)
    return acts.Done("Released: telling the customer is a task of whoever looks after it now.")


def _end_terms(
    desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime
) -> acts.Done:
    made = terms.close(desk.scope, number, reason=said["reason"], on=desk.today, now=now)
    is_over = made["state"] == "lifted"
    return acts.Done("Ended: what stood before stands again." if is_over else "Withdrawn.")


def _end_measure(kind: str) -> Callable[..., acts.Done]:
    def do(desk: read.Desk, number: int, said: Mapping[str, Any], now: dt.datetime) -> acts.Done:
        made = measure.close(
            desk.scope, kind, number, reason=said["reason"], on=desk.today, now=now
        )
        state = made["state"]
        return acts.Done("Withdrawn." if state == "withdrawn" else f"It is {words.plain(state)}.")

    return do


def _measures(kind: str, title: str) -> Deed:
    return Deed(
        title, title, "measure",
        "What waits for approval is withdrawn; what is in force is lifted at the other system.",
        _Why, _end_measure(kind), lambda r: r["state"] in ("proposed", "approved", "in_force"),
    )  # fmt: skip


_AGENCY = _handed(
    "placement", "the agency",
    "the items and who owes them as tables, the statement, the history and the final demand as "
    "PDF. No notes, no replies, and no other customer; a bureau gets neither history nor contacts.",
)  # fmt: skip
_LEGAL = _handed(
    "referral", "the lawyer",
    "the items and who owes them as tables, the statement, the history and the final demand as "
    "PDF, and the evidence file, which a court can verify.",
)  # fmt: skip
TABLE: dict[tuple[str, str], Deed] = {
    **{("agency", name): deed for name, deed in _AGENCY.items()},
    **{("legal", name): deed for name, deed in _LEGAL.items()},
    ("write-offs", "reverse"): Deed(
        "Reverse", "Reverse it", "write_off",
        "Its items may be chased again from where their ladder had stopped. The ledger must take "
        "its own line back too.",
        _Why, _reverse, lambda r: r["state"] == "written_off",
    ),
    ("insolvencies", "claim"): Deed(
        "Claim filed", "Our claim is filed", "insolvency",
        "The task to file it is done then.", _Filed, _claim,
        lambda r: r["closed_on"] is None and r["claimed_on"] is None,
        lambda desk, number: insolvency.show(desk.scope, number),
    ),
    ("insolvencies", "close"): Deed(
        "Close", "Close it", "insolvency",
        "The stop ends, and what is open is chased again. Only once the proceedings are over.",
        _Why, _close_insolvency, lambda r: r["closed_on"] is None,
        lambda desk, number: insolvency.show(desk.scope, number),
    ),
    ("terms", "release"): Deed(
        "Release", "Let the customer be told", "measure",
        "Until now nobody has told the customer. Payment in advance is told once past dues are "
        "paid.",
        _Nothing, _release, lambda r: r["state"] == "in_force" and r["told_on"] is None,
    ),
    ("terms", "end"): Deed(
        "End", "End them", "measure",
        "What waits is withdrawn; of what is in force, what stood before stands again, and the "
        "ledger is told.",
        _Why, _end_terms, lambda r: r["state"] in ("proposed", "approved", "in_force"),
    ),
    ("suspensions", "end"): _measures("suspension", "End"),
    ("credit-holds", "end"): _measures("credit_hold", "End"),
}  # fmt: skip
"""Every thing that can be done with a row, by its list and its name in the address."""
