"""Book and replies coming in: bytes become typed rows and located complaints; nothing is written.

Knows files, their columns and how people write dates and amounts. Must not know: the
database, the desk, today. Front door: `open_source`, then `source.guesses` (everything that
was guessed, in sentences) and `source.batches()` (rows and complaints, as they are read).
`outline` is for a screen: what can be told of a file before anything is decided.

How to read the room, in the order a file meets it: `files` turns bytes into lines of cells,
`mapping` reads what the user says about them, `layout` finds which column holds which field,
`evidence` decides how dates and amounts are written, `values`, `dates` and `amounts` read one
cell, `lines` and `finish` make one row of a line, `source` ties them together. `kinds` is the
table of kinds and columns.
Origin: DATA.md 3.4 and 3.5; docs/reference/files.md.
"""

from dunwell.intake.kinds import KINDS
from dunwell.intake.mapping import Mapping, load_mapping, plain_mapping, write_mapping
from dunwell.intake.outline import Outline, cells_at, outline
from dunwell.intake.source import Batch, Defaults, Source, open_source

__all__ = [
    "KINDS", "Batch", "Defaults", "Mapping", "Outline", "Source", "cells_at", "load_mapping",
    "open_source", "outline", "plain_mapping", "write_mapping",
]  # fmt: skip
