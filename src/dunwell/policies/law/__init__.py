"""The rows of law that are shipped, as data files: each with its basis and its source.

A file holds groups: what all its rows share, and `rows` of [first day, last day or ~, value].
What a rule means lives in `core.law`; rows that a user adds are kept by the store.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ruamel.yaml

from dunwell.core import law

HERE = Path(__file__).parent


@functools.cache
def shipped() -> tuple[law.Row, ...]:
    """Return every row that is shipped, in the order of the files."""
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    return tuple(
        row
        for path in sorted(HERE.glob("*.yaml"))
        for group in yaml.load(path.read_text("utf-8"))
        for row in _rows(group)
    )


def _rows(group: dict[str, Any]) -> Iterator[law.Row]:
    for first, last, value in group["rows"]:
        yield law.Row(
            jurisdiction=group["jurisdiction"],
            rule=group["rule"],
            value=law.check(group["rule"], value),
            valid_from=first,
            valid_to=last,
            source=f"{group['source']}: {group['basis']}",
            debtor_type=group.get("debtor_type", law.ANY),
            creditor_role=group.get("creditor_role", law.ANY),
        )
