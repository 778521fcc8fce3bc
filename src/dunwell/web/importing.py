"""Files from the ledger in the browser: upload, say what the columns mean, try, take in.

Read top-down: `overview` is where files come in, `columns` where somebody picks what each column
means, `one` what came of it or would, `do` what its buttons do. Uploads stream into the home's
work folder; reading goes on beside the pages (`errands`), and whoever comes back finds it.
"""

from __future__ import annotations

import csv
import io
import logging
import re
import threading
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from dunwell.core import cells, money
from dunwell.core.complaints import Complaint
from dunwell.core.errors import DunwellError, Refused
from dunwell.desk import arrival, mappings, rehearse
from dunwell.intake.amounts import Amounts, written
from dunwell.intake.values import Bad
from dunwell.store.lists import imports
from dunwell.web import doing, entry, errands, guard, marks, read, shown, views, words

MOST = guard.MOST_FILE
"""Bytes of a file; a million rows are about half of it."""
_NEWEST = 25
_SHORT = 1.0  # seconds in which most files are read: then nobody sees a page that waits
log = logging.getLogger("dunwell.import")


class Lines(NamedTuple):
    """One line of the file with what is wrong with it; `wrong` are the places of its cells."""

    line: int | None
    cells: list[tuple[str, bool]]
    said: list[Complaint]


@csrf_exempt  # checked by `_upload`, once the file goes where it belongs
@views._page
def overview(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Where files come in: upload one, go on with one that waits, see what came in."""
    doing.may(request, "import")
    if request.method == "POST":
        return _received(request, desk)
    return _overview(request, desk)


def _overview(
    request: HttpRequest, desk: read.Desk, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    at, now = place(desk), entry.now(request)
    before = views.number_of(request) if request.GET.get("page") else None
    newest = imports.newest(desk.scope, before=before, limit=_NEWEST + 1)
    return views.page(
        request, "import.html", "Import", status=status, wrong=wrong,
        waiting=arrival.listed(at, now=now), newest=newest[:_NEWEST],
        more=newest[_NEWEST - 1].id if len(newest) > _NEWEST else None,
        kept=mappings.listed(desk.scope, at.home), most=MOST // 1_000_000, before=before,
    )  # fmt: skip


def _received(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Take an upload whose size is allowed; nothing of a larger one is read."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if not length.isdecimal() or int(length) > MOST + guard.MOST:
        said = f"This file is larger than {MOST // 1_000_000} MB; split it by company or by year."
        return _overview(request, desk, wrong=said, status=413)
    handler = _Into(place(desk))
    request.upload_handlers = [handler]
    try:
        answer: HttpResponse = _upload(request, desk, handler)
        return answer
    finally:
        handler.clear()


@csrf_protect
def _upload(request: HttpRequest, desk: read.Desk, handler: _Into) -> HttpResponse:
    at = place(desk)
    request.POST.get("file")  # what came is read here, where the check of its form did not
    if handler.path is None or not handler.name:
        return _overview(request, desk, wrong="Choose a file first.", status=422)
    try:
        made = arrival.begin(
            at, handler.path, name=handler.name, as_of=desk.today, now=entry.now(request)
        )
        handler.path = None
        _fill(at, made)
    except Refused as error:
        return _overview(request, desk, wrong=doing.said_of(error), status=422)
    return to(made.token, "columns")


class _Into(FileUploadHandler):
    """Streams the one file of the form into the work folder, and nothing else anywhere."""

    def __init__(self, at: arrival.Place) -> None:
        super().__init__()
        self.at, self.name = at, ""
        self.path: Path | None = None
        self._out: BinaryIO | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with the file; a second one is passed over."""
        super().new_file(*args, **kwargs)
        if self.field_name != "file" or self.path is not None:
            raise SkipFile
        self.path, self.name = self.at.draft(), str(self.file_name)
        self._out = self.path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write what came."""
        assert self._out is not None, "a chunk before its file"
        self._out.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        """Close the file; it is found by its path, not among the form's files."""
        self.upload_interrupted()

    def upload_interrupted(self) -> None:
        """Close what was begun."""
        if self._out is not None:
            self._out.close()

    def clear(self) -> None:
        """Leave nothing behind of a file that was not kept."""
        self.upload_interrupted()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _fill(at: arrival.Place, made: arrival.Arrival) -> None:
    """Fill the form in as it was kept, where a mapping kept fits the file's headings."""
    fits = mappings.fitting(mappings.listed(at.scope, at.home), arrival.outline(at, made))
    if fits:
        apply(made, fits[0])
        arrival.say(at, made)


def apply(made: arrival.Arrival, kept: mappings.Kept) -> None:
    """Say about a file what a mapping that was kept says."""
    made.kind = kept.said.get("kind") or made.kind
    made.said = {k: v for k, v in kept.said.items() if k != "kind"}
    made.kept_as = kept.name


# --- what came of it ------------------------------------------------------------------------------


@views._page
def one(request: HttpRequest, desk: read.Desk, token: str) -> HttpResponse:
    """One file: how far it is, what would come of it, or what came of it."""
    doing.may(request, "import")
    at = place(desk)
    made = arrival.read(at, token)
    found = arrival.found(at, token)
    if made.is_busy or (found is None and made.state != "refused"):
        if not made.is_busy:
            return to(token, "columns")
        n = arrival.progress(at, token)
        return views.page(request, "import_waits.html", made.name, a=made, n=n)
    same = imports.same(desk.scope, found.sha256) if found and made.state == "tried" else None
    show = request.GET.get("show", "")
    if show not in ("lines", "changes", "customers"):
        show = "lines" if found and found.complaints else "customers"
    return views.page(
        request, "import_one.html", made.name, a=made, f=found, same=same, show=show,
        control=_control(made, found) if found else [],
        lead=_lead(made, found, token) if found else [],
        **(_part(request, made, found, show) if found else {}),
    )  # fmt: skip


def _part(
    request: HttpRequest, made: arrival.Arrival, found: arrival.Found, show: str
) -> dict[str, Any]:
    """Return the rows of what is shown below, and their pages."""
    if show == "customers":
        rows: list[Any] = found.customers
        currencies = sorted({c for s in rows for c in s.amounts})
        return {
            "rows": views.paged(request, rows), "pages": views.pages(request, len(rows)),
            "currencies": currencies, "is_last": _is_last(request, len(rows)),
        }  # fmt: skip
    if show == "changes":
        seen = views.paged(request, found.changes)
        return {
            "rows": [
                (c, _FIELD.sub("", c.field), _told(c, c.was), _told(c, c.becomes)) for c in seen
            ],
            "pages": views.pages(request, len(found.changes)),
        }
    rows = _lines(found)
    return {"rows": views.paged(request, rows), "pages": views.pages(request, len(rows))}


def _is_last(request: HttpRequest, n: int) -> bool:
    return views.number_of(request) * views.PAGE >= n


def _lines(found: arrival.Found) -> list[Lines]:
    """Put complaints on the lines they are about, in the order of the file; faults first."""
    by_line: dict[int | None, list[Complaint]] = {}
    for complaint in found.complaints:
        by_line.setdefault(complaint.line, []).append(complaint)
    out = []
    for line, said in by_line.items():
        there = found.lines.get(line, ()) if line is not None else ()
        wrong = {found.places.get(c.column or "", -1) for c in said if c.severity == "error"}
        is_whole = any(c.column is None and c.severity == "error" for c in said)
        marked = [(cell, is_whole or i in wrong) for i, cell in enumerate(there)]
        out.append(Lines(line, marked, said))
    return out


def _told(change: rehearse.Change, value: Any) -> str:
    """Return what stands in a field as a person reads it."""
    if value in (None, ""):
        return "nothing"
    if change.field.endswith("_minor") and change.currency:
        return marks.figure(int(value), change.currency)
    return str(value)


_FIELD = re.compile("_(minor|on)$")
_COUNTS = (("created", "new"), ("changed", "changed"), ("unchanged", "as before"))


def _lead(made: arrival.Arrival, found: arrival.Found, token: str) -> list[list[shown.Part]]:
    """Say in one sentence what came of a file, or would; its numbers open the rows."""
    is_in, here = made.state == "taken", marks.url_of("import", token)
    n, settled = found.counts.get("rows", 0), found.settled_n
    good = shown.Part(words.count(n, "row"), f"{here}?show=customers")
    if n and not settled and found.counts.get("unchanged", 0) == n:
        verb = "is" if n == 1 else "are"
        changes = "changed" if is_in else "would change"
        out = [[shown.Part(f"Nothing {changes}: "), good,
                shown.Part(f" {verb} in the book already.")]]  # fmt: skip
    elif n:
        parts = [f"{k:,} {word}" for key, word in _COUNTS if (k := found.counts.get(key, 0))]
        verb = "came in" if is_in else "would come in"
        out = [[good, shown.Part(f" {verb}: {words.listed(parts or ['none new'])}.")]]
    else:
        out = [[shown.Part(f"Nothing {'came' if is_in else 'would come'} in.")]]
    if refused := found.refused:
        was = "was" if refused == 1 else "were"
        out.append([
            shown.Part(words.count(refused, "row"), f"{here}?show=lines"),
            shown.Part(f" {was} not taken." if is_in else " would not be taken."),
        ])  # fmt: skip
    if settled:
        said = f"{words.count(settled, 'open item')} {'is' if settled == 1 else 'are'} not on the "
        out.append(
            [shown.Part(f"{said} list and {'count' if is_in else 'would count'} as settled.")]
        )
    return out


class Tie(NamedTuple):
    """One currency: what the file holds, what the book holds or would, what the ledger says."""

    currency: str
    file: int
    book: int | None
    want: int | None
    off: int | None


def _control(made: arrival.Arrival, found: arrival.Found) -> list[Tie]:
    """Compare totals, by currency, with what was typed in."""
    if made.kind not in ("items", "payments"):
        return []
    is_items = made.kind == "items"
    out = []
    for currency in sorted({*found.totals, *made.control}):
        total = found.totals.get(currency, 0)
        book = found.book.get(currency, 0) if is_items and made.state != "taken" else None
        want = made.control.get(currency)
        if made.state == "taken" and currency in found.control:
            want, book = found.control[currency]
        against = total if book is None else book
        out.append(Tie(currency, total, book, want, None if want is None else against - want))
    return out


@views._page
def do(request: HttpRequest, desk: read.Desk, token: str, verb: str) -> HttpResponse:
    """Do what a button says: try again, compare the total, take it in, throw it away."""
    doing.may(request, "import")
    if request.method != "POST" or verb not in _DO:
        raise Http404
    at = place(desk)
    made = arrival.read(at, token)
    try:
        return _DO[verb](request, at, made)
    except Refused as error:
        return doing.say(to(token), doing.Said(doing.said_of(error)))


def _drop(request: HttpRequest, at: arrival.Place, made: arrival.Arrival) -> HttpResponse:
    arrival.drop(at, made.token)
    is_in = "it is in the book" if made.state == "taken" else "nothing of it went in"
    return doing.say(to(), doing.Said(f"{made.name} is off this list; {is_in}."))


def _try(request: HttpRequest, at: arrival.Place, made: arrival.Arrival) -> HttpResponse:
    return started(request, at, made.token, arrival.TRY)


def _tie(request: HttpRequest, at: arrival.Place, made: arrival.Arrival) -> HttpResponse:
    _keep_control(at, made, request.POST)
    return to(made.token)


def _take(request: HttpRequest, at: arrival.Place, made: arrival.Arrival) -> HttpResponse:
    if made.state != "tried":
        raise Refused("import_not_tried", "try this file first, and look at what it would do")
    made.is_strict, before = bool(request.POST.get("is_strict")), dict(made.control)
    _keep_control(at, made, request.POST)
    found = arrival.found(at, made.token)
    off = [t for t in (_control(made, found) if found else []) if t.off]
    if off and made.control != before:  # said once; whoever has seen it may go on
        said = words.listed([money.text(t.off or 0, t.currency) for t in off])
        return doing.say(
            to(made.token), doing.Said(f"Not taken in yet: off by {said}. Look first.")
        )
    return started(request, at, made.token, arrival.TAKE)


_DO = {"drop": _drop, "try": _try, "tie": _tie, "take": _take}


def _keep_control(at: arrival.Place, made: arrival.Arrival, post: QueryDict) -> None:
    """Keep the totals typed in. Raises: Refused for one that is no amount, or two."""
    control = dict(made.control)
    for key in post:
        currency = key.removeprefix("control-")
        if key == currency or currency not in money.CURRENCIES:
            continue
        text = str(post[key]).strip()
        control.pop(currency, None)
        if text:
            control[currency] = _amount(text, currency)
    made.control = control
    arrival.say(at, made)


def _amount(text: str, currency: str) -> int:
    try:
        return Amounts().careful(written(text), text, money.exponent(currency), currency)
    except Bad:
        raise Refused(
            "bad_amount", f"{text[:30]} cannot be read as one amount; write it as 1234.50"
        ) from None


@views._page
def progress(request: HttpRequest, desk: read.Desk, token: str) -> HttpResponse:
    """How far a file is, for the page that waits; once it is done, the page comes anew."""
    doing.may(request, "import")
    at = place(desk)
    made = arrival.read(at, token)
    if not made.is_busy:
        return HttpResponse(headers={"HX-Refresh": "true"})
    n = arrival.progress(at, token)
    page = render_to_string("_import_waits.html", {"a": made, "n": n}, request)
    return HttpResponse(page)


@views._page
def complaints(request: HttpRequest, desk: read.Desk, token: str) -> HttpResponse:
    """Everything that was complained about, as a list to save."""
    doing.may(request, "import")
    found = arrival.found(place(desk), token)
    if found is None:
        raise Http404
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["line", "column", "found", "want", "severity"])
    for c in found.complaints:
        table.writerow(
            [cells.safe_cell(v) for v in (c.line, c.column or "", c.found, c.want, c.severity)]
        )
    return views._saved(out.getvalue().encode("utf-8-sig"), "text/csv", "complaints.csv")


@views._page
def forget(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Forget a mapping that was kept."""
    doing.may(request, "import")
    if request.method != "POST":
        raise Http404
    name = request.POST.get("name", "")[: mappings.NAME_MAX]
    mappings.drop(desk.scope, place(desk).home, name)
    return doing.say(to(), doing.Said(f"The mapping {name} is forgotten."))


def started(request: HttpRequest, at: arrival.Place, token: str, what: str) -> HttpResponse:
    """Begin to read a file beside the pages; wait a moment, for most are done by then."""
    try:
        claimed = arrival.claim(at, token, what, by=errands.carrier())
    except Refused as error:
        return doing.say(to(token), doing.Said(doing.said_of(error)))
    now, done = entry.now(request), threading.Event()

    def work() -> None:
        try:
            arrival.run(at, claimed, now=now)
        except Exception as error:
            is_meant = isinstance(error, DunwellError)
            if not is_meant:
                log.exception("an import failed")
            why = doing.said_of(error) if isinstance(error, DunwellError) else _FAULT
            arrival.fail(at, token, why)
        finally:
            done.set()

    errands.start(request, work)
    done.wait(_SHORT)
    return to(token)


_FAULT = "Something went wrong here; nothing of this file is lost. The log of the desk says what."


def to(*path: str) -> HttpResponseRedirect:
    """Go on to a page of the import."""
    return HttpResponseRedirect(marks.url_of("import", *path), status=303)


def place(desk: read.Desk) -> arrival.Place:
    """Return where files wait."""
    return arrival.Place(desk.scope, settings.HOME)
