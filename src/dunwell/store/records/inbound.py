"""What a batch of rows meets, and what became of it."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from dunwell.core import rows
from dunwell.core.complaints import Complaint
from dunwell.store import models


class Inbound(NamedTuple):
    """What a batch of rows meets: the entities it may name and the day its file speaks for."""

    file: str
    as_of: dt.date
    at: dt.datetime
    entities: dict[str, models.Entity]
    default_entity: models.Entity

    def entity(self, code: str | None) -> models.Entity:
        """Return the entity a row names, the default one if it names none."""
        return self.entities[code] if code else self.default_entity

    def fault(self, row: Any) -> Complaint | None:
        """Return what keeps a row from being taken, before it is staged, or None."""
        code = getattr(row, "entity", None)
        if code and code not in self.entities:
            return self.complain(row.line, "entity", found=code, want="an entity set up here")
        if not isinstance(row, rows.ItemRow):
            return None
        if row.due_on is None and row.issued_on is None:
            want = "a due date, or issued_on to count the terms from"
            return self.complain(row.line, "due_on", found="", want=want)
        if row.open_minor is not None and not 0 <= row.open_minor <= row.amount_minor:
            want = f"from 0 to the amount, {row.amount_minor} minor units"
            return self.complain(row.line, "open_amount", found=row.open_minor, want=want)
        return None

    def complain(
        self, line: int, column: str, *, found: object, want: str, severity: str = "error"
    ) -> Complaint:
        """Say what is wrong with one cell of the file."""
        text = "" if found is None else str(found)
        return Complaint(
            file=self.file, line=line, column=column, found=text, want=want, severity=severity
        )


class Outcome(NamedTuple):
    """What became of a batch: counts, complaints, and the (entity, customer) pairs it touched."""

    counts: dict[str, int]
    complaints: list[Complaint]
    touched: set[tuple[int, int]]
