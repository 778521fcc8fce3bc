"""What the README shows of the demo: a part of its report, and one explanation.

.venv/bin/python tests/house/excerpt.py     writes both anew
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pages

PAGE = pages.ROOT / "README.md"
AT = "2026-11-25T08:00+01:00"
DUNWELL = [sys.executable, "-c", "from dunwell.cli.main import main; main()"]
REASONS = 5
"""How many of the reasons for silence are shown."""
_REPORT = re.compile(r"```\n(What would go out.*?)```", re.S)
_EXPLAINED = re.compile(r"```console\n(\$ dunwell explain .*?)```", re.S)


def shown() -> tuple[str, str]:
    """Return the two pieces as they stand in the README."""
    text = PAGE.read_text("utf-8")
    return _REPORT.findall(text)[0], _EXPLAINED.findall(text)[0]


def made(home: Path) -> tuple[str, str]:
    """Return the two pieces as the demo prints them now."""
    report = _typed(home, "demo", "--once")
    tonight = report[report.index("What would go out") : report.index("\n\n", _after(report))]
    silent = re.search(r"^\d+ customers hear nothing$.*", report, re.S | re.M)
    assert silent is not None
    lines = silent[0].split("\n")
    first = next(n for n, line in enumerate(lines) if line.startswith(" ──")) + 1
    part = "\n".join(lines[: first + REASONS])
    return f"{tonight}\n…\n{part}\n…\n", _explained(home)


def _after(report: str) -> int:
    """Return where the table of tonight has begun, behind the empty line below its title."""
    return report.index(" ──", report.index("What would go out"))


def _explained(home: Path) -> str:
    """Explain the first customer whom an earlier contact holds back."""
    found = json.loads(_typed(home, "propose", "--format", "json"))
    customer = next(w["customer"] for w in found["waits"] if w["reason"] == "too_soon")
    said = _typed(home, "explain", customer)
    return f"$ dunwell explain {customer} --home .dunwell/demo\n{said}\n"


def _typed(home: Path, *words: str) -> str:
    command = [*DUNWELL, *words, "--home", str(home), "--at", AT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return pages.plain(done.stdout)


def main() -> None:
    """Write both pieces anew."""
    with tempfile.TemporaryDirectory(prefix="dunwell-excerpt-") as name:
        text = PAGE.read_text("utf-8")
        for was, now in zip(shown(), made(Path(name) / "demo"), strict=True):
            text = text.replace(was, now)
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
