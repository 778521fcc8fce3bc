"""`dunwell evidence`: everything about one customer, to be shown to a court, and checked."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dunwell.cli import door, show
from dunwell.core.errors import Refused

if TYPE_CHECKING:
    from dunwell.desk.evidence import Made


class Verified(NamedTuple):
    """What checking a file came to; `made_at` where this organisation's journal knows it."""

    ok: bool
    problem: str = ""
    found: tuple[str, ...] = ()
    sha256: str = ""
    made_at: dt.datetime | None = None


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def evidence() -> None:
        """Everything about one customer as a document and an archive anybody can verify."""

    @door.command(evidence, "make")
    @click.argument("customer")
    @click.option("--entity", metavar="CODE", help="the entity that is owed, where it is not plain")
    @door.as_of_option("the day it speaks for; by default today")
    @click.option(
        "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("."),
        help="the folder it is written to; by default this one",
    )  # fmt: skip
    @show.json_option()
    def make(
        at: door.Door, *, customer: str, entity: str | None, as_of: dt.date | None, out: Path
    ) -> None:
        """Write the evidence file of a customer: a PDF, and a ZIP archive that holds it."""
        _make(at, customer, entity=entity, as_of=as_of, out=out)

    @door.command(evidence, "verify")
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--head", default="", metavar="HASH", help="an earlier head it must lead through")
    @show.format_option()
    def verify(at: door.Door, *, file: Path, head: str, shape: str) -> int:
        """Check an evidence file, the archive or its folder, and say what does not fit.

        It needs no data folder; where there is one, it also says when the file was made here.
        """
        found = _verified(file, head)
        if found.ok:
            with contextlib.suppress(Refused):  # no data folder here, or nobody's
                from dunwell.desk import evidence as desk

                found = found._replace(made_at=desk.made_here(at.scope, found.sha256))
        _show(found, shape)
        return 0 if found.ok else door.REFUSED


def _make(
    at: door.Door, customer: str, *, entity: str | None, as_of: dt.date | None, out: Path
) -> None:
    from dunwell.desk import evidence

    made = evidence.make(at.scope, customer, entity=entity, as_of=at.day(as_of), now=at.now)
    out.mkdir(parents=True, exist_ok=True)
    files = {f"{made.name}.zip": made.archive, f"{made.name}.pdf": made.document}
    for name, data in files.items():
        part = out / f"{name}.part"
        part.write_bytes(data)
        os.replace(part, out / name)
    event = evidence.record(at.scope, made, now=at.now)
    at.seal()
    done = _done(made, event, [str(out / name) for name in files])
    show.as_done(done, f"evidence file of {customer}: {', '.join(done['files'])}")


def _done(made: Made, event: int, files: list[str]) -> dict[str, Any]:
    told = made.case
    return {
        "id": event,
        "customer": told.customer,
        "entity": told.entity,
        "as_of": told.as_of,
        "owed": [{"currency": t.currency, "amount_minor": t.owed_minor} for t in told.totals],
        "entries": len(told.entries),
        "messages": len(told.exhibits),
        "events": len(told.events),
        "files": files,
        "sha256": made.sha256,
        "head": told.head,
    }


def _verified(file: Path, head: str) -> Verified:
    """Check a file as the script in it does; nothing of ours is needed."""
    from dunwell.delivery.evidence import verify

    try:
        files = verify.load(file)
        found = verify.check(files, head)
    except verify.Problem as problem:
        return Verified(ok=False, problem=str(problem))
    sha256 = hashlib.sha256(files["manifest.json"]).hexdigest()
    return Verified(ok=True, found=tuple(found), sha256=sha256)


def _show(found: Verified, shape: str) -> None:
    if shape == "json":
        show.as_json(found._asdict())
    elif shape == "csv":
        show.as_csv(["ok", "problem", "sha256", "made_at"],
                    [[found.ok, found.problem, found.sha256, found.made_at]])  # fmt: skip
    else:
        for line in found.found:
            click.echo(line)
        if found.made_at:
            click.echo(f"made here {found.made_at.isoformat(timespec='seconds')}")
        click.echo("OK" if found.ok else f"DOES NOT FIT: {found.problem}")
