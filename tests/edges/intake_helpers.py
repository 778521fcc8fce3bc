"""What the tests of intake share: write a file, read it, show what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from dunwell import intake
from dunwell.core.complaints import Complaint


class Read(NamedTuple):
    """What reading a file gave."""

    rows: list[Any]
    errors: list[Complaint]
    notes: list[Complaint]
    guesses: tuple[str, ...]

    @property
    def numbers(self) -> list[str]:
        """The numbers (references, where there are none) of the rows taken."""
        return [getattr(r, "number", None) or getattr(r, "reference", "") for r in self.rows]

    @property
    def said(self) -> list[str]:
        """The complaints that cost a row, as people read them."""
        return [str(c) for c in self.errors]


def written(folder: Path, data: bytes | str, name: str = "items.csv") -> Path:
    """Put bytes (or text, as UTF-8) into a file."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(
    folder: Path,
    data: bytes | str,
    kind: str = "items",
    *,
    name: str = "",
    mapping: str = "",
    currency: str = "EUR",
    sheet: str | None = None,
) -> Read:
    """Write a file, read it as a kind, and gather what came of it."""
    return read_file(
        written(folder, data, name or f"{kind}.csv"),
        kind,
        mapping=mapping,
        currency=currency,
        sheet=sheet,
    )


def read_file(
    path: Path, kind: str, *, mapping: str = "", currency: str = "EUR", sheet: str | None = None
) -> Read:
    """Read a file as a kind, with a mapping given as its YAML."""
    said = None
    if mapping:
        said = intake.load_mapping(written(path.parent, mapping, "mapping.yaml"))
    source = intake.open_source(
        path, kind, mapping=said, defaults=intake.Defaults(currency=currency), sheet=sheet
    )
    rows, complaints = [], []
    for batch in source.batches():
        rows += batch.rows
        complaints += batch.complaints
    return Read(
        rows,
        [c for c in complaints if c.severity == "error"],
        [c for c in complaints if c.severity == "note"],
        source.guesses,
    )
