"""Work that goes on beside the pages: sending what was released, telling other systems.

It runs in a thread of the server; where it is stands in the database (`desk.sending`), so any
page can tell, and whoever comes back after a crash sees how far it got. One of the two places
that catch whatever goes wrong: it is kept with the proposal, and said on its page.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import threading
import time
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from dunwell.core.errors import DunwellError
from dunwell.core.scope import Scope
from dunwell.desk import hooks, pay_link, sending, setting, worker
from dunwell.web import server

log = logging.getLogger("dunwell.errands")
Work = Callable[[], None]


def carrier() -> str:
    """Return a name for a new carrier: a thread of this process."""
    return worker.name(secrets.token_hex(3))


def start(request: HttpRequest, work: Work) -> None:
    """Do work beside the pages."""
    begin: Callable[[Work], None] = request.META.get(server.STARTS, _in_a_thread)
    begin(work)


def send(request: HttpRequest, number: int, *, way: sending.Way) -> None:
    """Carry a proposal out, beside the pages."""
    scope: Scope = request.META[server.SCOPE]
    start(request, lambda: _carry(scope, number, way))


def tell(request: HttpRequest) -> None:
    """Tell other systems what waits to be told, beside the pages."""
    scope: Scope = request.META[server.SCOPE]
    told = _teller(request, scope, carrier())

    def work() -> None:
        try:
            told()
        except Exception:
            log.exception("other systems could not be told")

    start(request, work)


def _carry(scope: Scope, number: int, way: sending.Way) -> None:
    try:
        sending.carry(scope, number, way=way)
    except Exception as error:
        is_meant = isinstance(error, DunwellError)
        if not is_meant:
            log.exception("proposal %s could not be carried on", number)
        why = str(error) if is_meant else f"a fault of ours ({type(error).__name__})"
        sending.stop(scope, number, carrier=way.carrier, why=why, now=way.clock())


def way(request: HttpRequest) -> sending.Way:
    """Return how a new carrier goes about it; a day that is only played goes into files.

    Raises: Misconfigured when settings.yaml cannot be used; then nothing was begun.
    """
    scope: Scope = request.META[server.SCOPE]
    name = carrier()
    clock, plays = request.META[server.CLOCK], bool(request.META.get(server.PLAYS))
    return sending.Way(
        routes=setting.channels(scope, settings.HOME, files_only=plays),
        carrier=name,
        clock=clock,
        rest=time.sleep,
        tell=_teller(request, scope, name),
        plays=_today(scope, clock()) if plays else None,
        links=pay_link.of(settings.HOME, files_only=plays),
    )


def _teller(request: HttpRequest, scope: Scope, name: str) -> Callable[[], object]:
    clock, plays = request.META[server.CLOCK], bool(request.META.get(server.PLAYS))
    home = settings.HOME

    def tell() -> object:
        return hooks.send(
            scope, hooks.poster(scope, home, files_only=plays), worker=name, home=home,
            on=_today(scope, clock()), clock=clock, dead=worker.dead(hooks.owners(scope)),
        )  # fmt: skip

    return tell


def _today(scope: Scope, now: dt.datetime) -> dt.date:
    return now.astimezone(zoneinfo.ZoneInfo(setting.time_zone(scope))).date()


def _in_a_thread(work: Work) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    threading.Thread(target=run, name="dunwell errand", daemon=True).start()
