"""What browser tests look with: the desk that is served, and axe-core."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from dunwell.core.scope import Scope

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"


class Served(NamedTuple):
    """A desk being served: whose, and where."""

    scope: Scope
    url: str


def violations(page: Any) -> list[str]:
    """Return what axe-core finds wrong with the page as it is: rule, and the first place."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]
