"""What came in by files: the newest imports, and whether the very same file was one of them."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from dunwell.core.scope import Scope
from dunwell.store import models, tx


class Imported(NamedTuple):
    """One file that came in whole: what it was, who took it in and when, and what came of it."""

    id: int
    kind: str
    file: str
    as_of: dt.date
    at: dt.datetime
    actor: str
    counts: dict[str, Any]
    control: dict[str, list[int]]

    @property
    def ties_out(self) -> bool:
        """Tell whether every control total that was given was met."""
        return all(want == found for want, found in self.control.values())


def newest(scope: Scope, *, before: int | None = None, limit: int = 20) -> list[Imported]:
    """Return the newest imports; `before` is the id the next page begins behind."""
    with tx.reading(scope):
        rows = _published(scope)
        if before is not None:
            rows = rows.filter(pk__lt=before)
        return [_imported(r) for r in rows[:limit]]


def same(scope: Scope, sha256: str) -> Imported | None:
    """Return the last import of a file with exactly these bytes, or None."""
    with tx.reading(scope):
        row = _published(scope).filter(sha256=sha256).first()
        return None if row is None else _imported(row)


def _published(scope: Scope) -> Any:
    return models.ImportBatch.objects.filter(
        organisation_id=scope.organisation_id, state="published"
    ).order_by("-pk")


def _imported(r: models.ImportBatch) -> Imported:
    return Imported(r.pk, r.kind, r.file, r.as_of, r.at, r.actor, r.counts, r.control_totals)
