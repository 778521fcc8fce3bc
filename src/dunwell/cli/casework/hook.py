"""`dunwell hook`: the other systems that are told, and the sending itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import measures


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def hook() -> None:
        """Other systems that are told by signed webhook, and the sending of the calls."""

    _keeping(hook)
    _calling(hook)


def _keeping(hook: click.Group) -> None:
    """Add what says which systems there are."""

    @door.command(hook, "add")
    @click.argument("name")
    @click.argument("url")
    @click.option(
        "--event", "events", multiple=True, required=True, metavar="E",
        help="what it is told, such as suspension.* or terms.changed; may be repeated",
    )  # fmt: skip
    @click.option(
        "--secret", metavar="REF",
        help="where the secret is: env:NAME, or file:NAME in the home; by default a new file",
    )  # fmt: skip
    @door.key_option()
    @show.json_option()
    def add(at: door.Door, **values: Any) -> None:
        """Tell another system of events from now on; each is signed."""
        _add(at, **values)

    @door.command(hook, "close")
    @click.argument("name")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, *, name: str, request_key: str | None) -> None:
        """Tell a system nothing more; what waited is put before a person."""
        from dunwell.desk import hooks

        def do() -> dict[str, Any]:
            return hooks.close(at.scope, name, on=at.today, now=at.now)

        measures.done(at, "hook close", [name], request_key, do)

    @door.command(hook, "list")
    @show.format_option()
    def list_(at: door.Door, *, shape: str) -> None:
        """List the systems that are told, with what waits and what failed; never a secret."""
        from dunwell.desk import hooks

        fields = ("id", "url", "events", "secret", "state", "waiting", "failed")
        _print(hooks.listed(at.scope), fields, shape)

    @door.command(hook, "show")
    @click.argument("name")
    @show.format_option()
    def show_(at: door.Door, *, name: str, shape: str) -> None:
        """Show every call to a system, newest first, with its answer."""
        from dunwell.desk import hooks

        fields = (
            "id", "event", "measure", "key", "state", "tries", "status", "evidence", "next_try_at",
        )  # fmt: skip
        _print(hooks.calls(at.scope, name), fields, shape)


def _calling(hook: click.Group) -> None:
    """Add what goes over the network."""

    @door.command(hook, "test")
    @click.argument("name")
    @show.json_option()
    def test(at: door.Door, *, name: str) -> int:
        """Send a trial event at once and say what came back; exit code 3 unless it was taken."""
        from dunwell.desk import hooks

        way = hooks.poster(at.scope, at.home, files_only=False)
        found = hooks.test(at.scope, name, poster=way, home=at.home, now=at.now)
        show.as_done(found, f"{name}: {found['outcome']} ({found['evidence']})")
        return 0 if found["outcome"] in ("confirmed", "accepted") else door.REFUSED

    @door.command(hook, "send")
    @click.option("--again", type=int, metavar="ID", help="first try this failed call once more")
    @click.option(
        "--really", is_flag=True, help="let a time that is past reach the other systems too"
    )
    @show.json_option()
    def send(at: door.Door, *, again: int | None, really: bool) -> None:
        """Send every call that is due; safe to run twice, and side by side."""
        from dunwell.desk import hooks

        if again is not None:
            hooks.again(at.scope, again, now=at.now)
        found = carry(at, files_only=at.files_only(None, is_real=really))
        at.seal()
        show.as_done(found, said(found))


def carry(at: door.Door, *, files_only: bool, as_of: dt.date | None = None) -> dict[str, int]:
    """Send the calls that are due, over the network or into files; return the counts."""
    from dunwell.desk import hooks

    counts = hooks.send(
        at.scope,
        hooks.poster(at.scope, at.home, files_only=files_only),
        worker=at.worker,
        home=at.home,
        on=at.day(as_of),
        clock=(lambda: at.now) if at.is_given_time else door.clock,
        dead=door.dead(hooks.owners(at.scope)),
    )
    return counts._asdict()


def said(found: dict[str, int]) -> str:
    """Say what became of the calls."""
    return (
        f"{found['confirmed']} confirmed, {found['accepted']} taken, {found['failed']} failed, "
        f"{found['again']} to be tried again"
    )


def _add(
    at: door.Door,
    *,
    name: str,
    url: str,
    events: tuple[str, ...],
    secret: str | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import hooks

    def do() -> dict[str, Any]:
        return hooks.add(
            at.scope, name, url, secret=secret, events=list(events), home=at.home, now=at.now
        )

    measures.done(at, "hook add", [name, url, *events, secret], request_key, do)


def _print(rows: list[dict[str, Any]], fields: tuple[str, ...], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    table = [[", ".join(r[f]) if isinstance(r[f], list) else r[f] for f in fields] for r in rows]
    if shape == "csv":
        show.as_csv(fields, table)
    else:
        show.as_table([f.replace("_", " ") for f in fields], table)
