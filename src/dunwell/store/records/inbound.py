"""What a batch of rows meets, and what became of it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from dunwell.core.complaints import Complaint
from dunwell.store import models


class Inbound(NamedTuple):
    """What a batch of rows meets: the entities it may name and the day its file speaks for."""

    file: str
    as_of: dt.date
    at: dt.datetime
    entities: dict[str, models.Entity]
    default_entity: models.Entity

    def entity(self, code: str | None) -> models.Entity | None:
        """Return the entity a row names, the default one if it names none."""
        return self.default_entity if not code else self.entities.get(code)

    def complain(
        self, line: int, column: str, *, found: object, want: str, severity: str = "error"
    ) -> Complaint:
        """Say what is wrong with one cell of the file."""
        return Complaint(
            file=self.file, line=line, column=column, found=str(found or ""), want=want,
            severity=severity,
        )  # fmt: skip

    def unknown_entity(self, line: int, found: str | None) -> Complaint:
        """Say that a row names an entity nobody set up."""
        return self.complain(line, "entity", found=found, want="an entity set up here")


class Outcome(NamedTuple):
    """What became of a batch: counts, complaints, and the (entity, customer) pairs it touched."""

    counts: dict[str, int]
    complaints: list[Complaint]
    touched: set[tuple[int, int]]
