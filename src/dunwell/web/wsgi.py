"""The desk as a WSGI application, for a server of its own: `dunwell serve`."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from dunwell.store import connect

connect.setup(home=Path(os.environ["DUNWELL_HOME"]))

from dunwell.desk import found  # noqa: E402 - Django must be set up first
from dunwell.web import server  # noqa: E402

application = server.application(
    found.enter(os.environ.get("DUNWELL_SERVES") or None, by="nobody"),
    clock=lambda: dt.datetime.now(dt.UTC),
    signs_in=True,
)
