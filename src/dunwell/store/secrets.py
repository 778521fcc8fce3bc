"""Where secrets are: in the environment, or in files of the home that only its owner reads.

The database holds a reference, `env:NAME` or `file:NAME`, and never the secret itself, so that
neither a copy of the database nor the journal, an export or `doctor` can give it away
(DATA.md 1.10).
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import stat
from pathlib import Path

from dunwell.core.errors import Misconfigured, Refused

FOLDER = "secrets"
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,80}|file:[a-z0-9][a-z0-9_-]{0,80}")


def check(reference: str) -> None:
    """Check that this names where a secret is. Raises: Refused, so that no secret gets stored."""
    if not _REFERENCE.fullmatch(reference):
        # What was given may be the secret itself: it is not said again.
        raise Refused(
            "bad_secret", "say where the secret is, not what it is: env:NAME or file:NAME"
        )


def resolve(reference: str, *, home: Path) -> str:
    """Return the secret a reference names.

    Raises: Misconfigured when it is not there, or others can read its file.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        if not os.environ.get(name):
            raise Misconfigured("secret", f"set {name} in the environment")
        return os.environ[name]
    path = home / FOLDER / name
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8").strip()
    except OSError as error:
        raise Misconfigured("secret", f"no secret in {path}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise Misconfigured("secret", f"others can read {path}: chmod 600 {path}")
    return text


def make(name: str, *, home: Path) -> str:
    """Make a new signing secret in a file of the home, once; return its reference.

    Raises: Refused when the file is there already.
    """
    reference = f"file:{name}"
    check(reference)
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(
            "bad_secret", f"there is a secret {name} already: --secret file:{name}"
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}\n")
    return reference
