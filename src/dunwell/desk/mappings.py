"""Mappings kept under a name for next time: YAML in the home, as `dunwell import --map` takes it.

They stand in `mappings/ORGANISATION`; a name is shown and searched for, and never a path.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from dunwell import intake
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope

NAME_MAX = 60


class Kept(NamedTuple):
    """A mapping kept: its name, what it says, and where it stands."""

    name: str
    said: dict[str, Any]
    path: Path


def keep(scope: Scope, home: Path, name: str, said: dict[str, Any]) -> None:
    """Keep a mapping; one of that name is replaced.

    Raises: Refused for a name that is none, or a mapping that cannot be read back.
    """
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise Refused("bad_name", f"a name of at most {NAME_MAX} letters, digits and blanks")
    path = _path(scope, home, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    intake.write_mapping(said, path)
    path.write_text(f"# {name}\n{path.read_text('utf-8')}", "utf-8")
    intake.load_mapping(path)


def listed(scope: Scope, home: Path) -> list[Kept]:
    """Return what is kept, by name; a file that cannot be read any more is left out."""
    out = []
    for path in _folder(scope, home).glob("*.yaml"):
        with contextlib.suppress(Refused, OSError):
            said = intake.plain_mapping(path)
            first = path.read_text("utf-8").partition("\n")[0]
            out.append(Kept(first.removeprefix("# "), said, path))
    return sorted(out, key=lambda k: k.name.casefold())


def drop(scope: Scope, home: Path, name: str) -> None:
    """Forget a mapping."""
    _path(scope, home, name).unlink(missing_ok=True)


def fitting(kept: list[Kept], found: intake.Outline) -> list[Kept]:
    """Return those whose columns all stand in a file, the one that knows most of them first."""
    there = {c.heading for c in found.columns if not c.is_double}
    fits = [k for k in kept if k.said.get("columns") and set(k.said["columns"].values()) <= there]
    return sorted(fits, key=lambda k: (k.said.get("kind") != found.kind, -len(k.said["columns"])))


def _folder(scope: Scope, home: Path) -> Path:
    return home / "mappings" / str(scope.organisation_id)


def _path(scope: Scope, home: Path, name: str) -> Path:
    return _folder(scope, home) / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.yaml"
