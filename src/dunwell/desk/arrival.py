"""A file that arrived at the desk: kept aside, looked at, mapped, tried, and taken into the book.

It waits in a folder of its own under the home, `work/imports/ORGANISATION/TOKEN`, with what was
said about it; so it can be left and come back to, and another process can go on with it. What it
was called is a name to show and never a path. Taking in is `desk.receive`, exactly as
`dunwell import` does it; one file of an organisation at a time.
Read top-down: `begin`, `outline` and `say` (what its columns mean), `claim` and `run` (try it, take
it), `found` (what came of it). Mappings are kept for next time in `mappings`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dunwell import intake
from dunwell.core import rows
from dunwell.core.complaints import Complaint
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import receive, rehearse, setting, trail, worker

KEEP = dt.timedelta(days=14)
"""How long a file that arrived waits; after that it is thrown away."""
COMPLAINTS_KEPT = 10_000
LINES_SHOWN = 2_000
CUSTOMERS_SHOWN = 1_000
SETTLED_SHOWN = 500
TRY, TAKE = "trying", "taking"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


class Arrival(msgspec.Struct, kw_only=True):
    """One file that arrived, and what was said about it.

    `state`: new, trying, tried, taking, taken, refused (nothing went in; `why` says why).
    `said` is the mapping, as a mapping file would hold it.
    """

    token: str
    name: str
    size: int
    by: str
    at: dt.datetime
    as_of: dt.date
    kind: str = ""
    said: dict[str, Any] = {}
    kept_as: str = ""
    is_full: bool = False
    is_strict: bool = False
    control: dict[str, int] = {}
    state: str = "new"
    why: str = ""
    worker: str = ""

    @property
    def is_busy(self) -> bool:
        """Tell whether somebody tries it or takes it in just now."""
        return self.state in (TRY, TAKE)


class Sum(msgspec.Struct):
    """What a file says of one customer: how many rows, and how much by currency."""

    customer: str
    rows: int
    amounts: dict[str, int]


class Found(msgspec.Struct, kw_only=True):
    """What came of a file, or would."""

    state: str
    sha256: str
    counts: dict[str, int]
    totals: dict[str, int]
    book: dict[str, int]
    control: dict[str, tuple[int, int]]
    settled: list[str]
    settled_n: int
    changes: list[rehearse.Change]
    complaints: list[Complaint]
    errors: int
    notes: int
    headings: tuple[str, ...] = ()
    lines: dict[int, tuple[str, ...]] = {}
    places: dict[str, int] = {}
    customers: list[Sum] = []
    others: Sum | None = None
    customers_n: int = 0

    @property
    def refused(self) -> int:
        """How many rows were not taken, or would not be."""
        return self.counts.get("rows_refused", 0)


class Place(NamedTuple):
    """Where the files of an organisation wait."""

    scope: Scope
    home: Path

    @property
    def folder(self) -> Path:
        """The folder of this organisation's files."""
        return self.home / "work" / "imports" / str(self.scope.organisation_id)

    def of(self, token: str) -> Path:
        """Return the folder of one file. Raises: Refused for what is no token of ours."""
        if not _TOKEN.fullmatch(token) or not (self.folder / token / "arrival.json").is_file():
            raise Refused("unknown_import", "this file is not here any more; upload it again")
        return self.folder / token

    def draft(self) -> Path:
        """Return a new empty file in the folder, for the bytes that come in."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{secrets.token_hex(16)}.part"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return path


def begin(place: Place, draft: Path, *, name: str, as_of: dt.date, now: dt.datetime) -> Arrival:
    """Keep a file whose bytes have come in; say what it seems to be.

    Raises: Refused when it is no list that can be read.
    """
    token = secrets.token_urlsafe(16)
    with draft.open("rb") as file:
        suffix = ".xlsx" if file.read(4) == b"PK\x03\x04" else ".csv"
    made = Arrival(
        token=token, name=_shown(name), size=draft.stat().st_size, by=place.scope.actor, at=now,
        as_of=as_of,
    )  # fmt: skip
    folder = place.folder / token
    folder.mkdir(mode=0o700)
    draft.replace(folder / f"{token}{suffix}")
    try:
        with _named(made, folder):
            made.kind = intake.outline(_file(folder)).kind
    except Refused:
        shutil.rmtree(folder)
        raise
    _write(folder, made)
    return made


def read(place: Place, token: str) -> Arrival:
    """Return a file that arrived; one whose worker is gone has stopped.

    Raises: Refused when it is not here (any more).
    """
    folder = place.of(token)
    found = msgspec.json.decode((folder / "arrival.json").read_bytes(), type=Arrival)
    if found.is_busy and worker.dead([found.worker]):
        was = "it was taken in" if found.state == TAKE else "it was tried"
        found.state, found.why = "refused", f"the desk stopped while {was}; do it again"
        _write(folder, found)
    return found


def listed(place: Place, *, now: dt.datetime) -> list[Arrival]:
    """Return the files that wait, the newest first; those left too long are thrown away."""
    out = []
    for folder in place.folder.iterdir() if place.folder.is_dir() else ():
        if not _TOKEN.fullmatch(folder.name):
            continue
        try:
            found = read(place, folder.name)
        except (Refused, OSError):  # thrown away by somebody else meanwhile
            continue
        if found.at + KEEP < now and not found.is_busy:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            out.append(found)
    return sorted(out, key=lambda a: a.at, reverse=True)


def drop(place: Place, token: str) -> None:
    """Throw a file away. Raises: Refused while it is tried or taken in."""
    if read(place, token).is_busy:
        raise Refused("import_running", "it is being read just now; throw it away afterwards")
    shutil.rmtree(place.of(token))


def outline(place: Place, arrival: Arrival) -> intake.Outline:
    """Return what can be told of a file, with what was said about it.

    Raises: Refused when it cannot be read so.
    """
    folder = place.of(arrival.token)
    with _named(arrival, folder):
        return intake.outline(_file(folder), arrival.kind, _mapping(folder, arrival))


def say(place: Place, arrival: Arrival) -> None:
    """Keep what was said about a file. Raises: Refused when a mapping cannot say so."""
    folder = place.of(arrival.token)
    if arrival.is_busy:
        raise Refused("import_running", "it is being read just now; change it afterwards")
    with _named(arrival, folder):
        _mapping(folder, arrival)
    _write(folder, arrival)


def claim(place: Place, token: str, what: str, *, by: str) -> Arrival:
    """Take a file to try it or to take it in; nobody else does so meanwhile.

    Raises: Refused when another file of this organisation is on its way just now.
    """
    folder = place.of(token)
    lock = place.folder / "busy"
    for _ in range(2):
        try:
            handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            owner = lock.read_text("utf-8") if lock.exists() else ""
            if owner and not worker.dead([owner]):
                raise Refused(
                    "import_running", "another file is being read just now; wait until it is done"
                ) from None
            lock.unlink(missing_ok=True)
        else:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(by)
            found = read(place, token)
            found.state, found.why, found.worker = what, "", by
            (folder / "progress").unlink(missing_ok=True)
            _write(folder, found)
            return found
    raise Refused("import_running", "another file is being read just now; wait until it is done")


def run(place: Place, arrival: Arrival, *, now: dt.datetime) -> None:
    """Try a file that was claimed, or take it in, and keep what came of it.

    Whatever goes wrong, the claim ends. Raises: Refused when nothing went in.
    """
    folder, is_dry = place.of(arrival.token), arrival.state == TRY
    is_whole = False
    try:
        with _named(arrival, folder):
            found = _received(place, arrival, folder, is_dry=is_dry, now=now)
        arrival.state = "tried" if is_dry else "taken" if found.state == "published" else "refused"
        arrival.why = "" if arrival.state != "refused" else "rows were refused, so none went in"
        is_whole = True
    finally:
        if not is_whole:
            arrival.state, arrival.why = "refused", "a fault of ours; the log of the desk has it"
        _write(folder, arrival)
        (place.folder / "busy").unlink(missing_ok=True)
    if arrival.state == "taken":
        _file(folder).unlink()  # what came in is in the book; the file need not lie about


def fail(place: Place, token: str, why: str) -> None:
    """Keep why nothing went in."""
    found = read(place, token)
    found.state, found.why = "refused", why
    _write(place.of(token), found)


def progress(place: Place, token: str) -> int:
    """Return how many rows are read, or in."""
    path = place.of(token) / "progress"
    text = path.read_text("ascii") if path.exists() else ""
    return int(text) if text.isdecimal() else 0


def found(place: Place, token: str) -> Found | None:
    """Return what came of a file the last time it was tried or taken in, or None."""
    path = place.of(token) / "found.json"
    return msgspec.json.decode(path.read_bytes(), type=Found) if path.exists() else None


def _received(
    place: Place, arrival: Arrival, folder: Path, *, is_dry: bool, now: dt.datetime
) -> Found:
    scope, mapping = place.scope, _mapping(folder, arrival)
    base = setting.base_currency(scope)
    source = intake.open_source(
        _file(folder), arrival.kind, mapping=mapping,
        defaults=intake.Defaults(currency=base, currency_of=setting.currencies(scope)),
    )  # fmt: skip
    sums: dict[str, Sum] = {}
    report = receive.run(
        scope, arrival.kind, _called(source, arrival.name), file=arrival.name,
        sha256=source.sha256, as_of=arrival.as_of, now=now, is_dry=is_dry,
        is_strict=arrival.is_strict, is_full=arrival.is_full,
        control={} if is_dry else arrival.control, progress=_teller(folder),
        seen=lambda row: _add(sums, row, base),
    )  # fmt: skip
    trail.seal(scope, now=now)
    made = _found(report, source.sha256, sums)
    wanted = [c.line for c in made.complaints if c.line is not None][:LINES_SHOWN]
    made.headings, made.lines, made.places = intake.cells_at(
        _file(folder), arrival.kind, mapping, wanted
    )
    _replace(folder / "found.json", msgspec.json.encode(made))
    return made


def _found(report: receive.Report, sha256: str, sums: dict[str, Sum]) -> Found:
    by_size = sorted(sums.values(), key=lambda s: (-max(s.amounts.values(), default=0), s.customer))
    first, rest = by_size[:CUSTOMERS_SHOWN], by_size[CUSTOMERS_SHOWN:]
    others = None
    if rest:
        others = Sum("", 0, {})
        for each in rest:
            others.rows += each.rows
            for currency, minor in each.amounts.items():
                others.amounts[currency] = others.amounts.get(currency, 0) + minor
    is_error = [c.severity == "error" for c in report.complaints]
    by_line = sorted(
        report.complaints, key=lambda c: (c.severity != "error", c.line is None, c.line or 0)
    )
    return Found(
        state=report.state, sha256=sha256, counts=report.counts, totals=report.totals,
        book=report.book, control=report.control, settled=report.settled[:SETTLED_SHOWN],
        settled_n=len(report.settled), changes=list(report.changes),
        complaints=by_line[:COMPLAINTS_KEPT], errors=sum(is_error),
        notes=len(is_error) - sum(is_error), customers=first, others=others,
        customers_n=len(by_size),
    )  # fmt: skip


def _add(sums: dict[str, Sum], row: Any, base: str) -> None:
    """Add a row up with those of its customer, as `desk.receive` adds up the file."""
    if isinstance(row, rows.RateRow):
        return
    reference = getattr(row, "customer", None) or (
        row.reference if isinstance(row, rows.CustomerRow) else ""
    )
    one = sums.setdefault(reference, Sum(reference, 0, {}))
    one.rows += 1
    if isinstance(row, rows.ItemRow):
        minor = row.amount_minor if row.open_minor is None else row.open_minor
        sign = -1 if row.kind == "credit_note" else 1
    elif isinstance(row, rows.PaymentRow):
        minor, sign = row.amount_minor, -1 if row.kind == "reversal" else 1
    else:
        return
    currency = row.currency or base
    one.amounts[currency] = one.amounts.get(currency, 0) + sign * minor


def _called(source: intake.Source, name: str) -> Iterator[intake.Batch]:
    """Yield a file's batches, its complaints under the name people know it by."""
    for batch in source.batches():
        said = tuple(msgspec.structs.replace(c, file=name) for c in batch.complaints)
        yield intake.Batch(batch.rows, said)


def _teller(folder: Path) -> Callable[[int], None]:
    return lambda n: _replace(folder / "progress", str(n).encode("ascii"))


def _mapping(folder: Path, arrival: Arrival) -> intake.Mapping:
    path = folder / "mapping.yaml"
    draft = path.with_name(f"mapping.{secrets.token_hex(4)}")
    intake.write_mapping(mapping_of(arrival), draft)
    draft.replace(path)
    return intake.load_mapping(path)


def mapping_of(arrival: Arrival) -> dict[str, Any]:
    """Return what was said about a file, as a mapping file says it."""
    return ({"kind": arrival.kind} if arrival.kind else {}) | arrival.said


def _file(folder: Path) -> Path:
    """Return the file itself. Raises: Refused where it was thrown away once it was in."""
    for suffix in (".csv", ".xlsx"):
        path = folder / f"{folder.name}{suffix}"
        if path.exists():
            return path
    raise Refused("unknown_import", "this file came in and was thrown away; upload it again")


@contextlib.contextmanager
def _named(arrival: Arrival, folder: Path) -> Iterator[None]:
    """Let what is refused speak of the file by the name people know."""
    try:
        yield
    except Refused as error:
        said = re.sub(rf"{re.escape(folder.name)}\.(csv|xlsx)", lambda _: arrival.name, str(error))
        raise Refused(
            error.reason, said.replace("mapping.yaml", "what was said about it")
        ) from None


def _shown(name: str) -> str:
    """Return what a file was called, as it can be shown: its last part, on one line."""
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(c for c in last if c.isprintable()).strip()
    return plain[-100:] or "file"


def _write(folder: Path, arrival: Arrival) -> None:
    _replace(folder / "arrival.json", msgspec.json.encode(arrival))


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it meanwhile sees the old one or the new one."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    draft.replace(path)
