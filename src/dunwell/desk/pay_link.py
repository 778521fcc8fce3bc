"""The link to pay in a mail: the customer's own page, to be read and paid from, made as it goes.

Off unless settings.yaml says at which address customers reach their pages. Such a link says
nothing for the customer: whoever finds it in a kept message sees what the message said, and how
to pay. It is made of the installation's secret and the message's key, so that a message tried
again carries the same one; kept is its hash alone (`desk.portal`), and nobody can guess it.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils import crypto

from dunwell.core.errors import Misconfigured
from dunwell.core.scope import Scope
from dunwell.desk import portal, setting
from dunwell.store import models

EXAMPLE = """pay_link:
  site: https://pay.example.com   # where customers reach /portal/
  days: 60
"""
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Links(NamedTuple):
    """Where customers reach their pages, and for how many days a link in a mail opens."""

    site: str
    days: int = portal.DAYS

    def url(self, scope: Scope, action: models.Action) -> str:
        """Return the link of a message; it opens nothing before `keep` has kept it."""
        return f"{self.site}/portal/{_token(scope, action)}" if _carries(action) else ""

    def keep(self, scope: Scope, actions: Collection[models.Action], *, now: dt.datetime) -> None:
        """Let the links of messages open their customers' pages, from before they leave."""
        made = {a: _token(scope, a) for a in actions if _carries(a)}
        portal.open_of_messages(scope, made, days=self.days, now=now)


def of(home: Path, *, files_only: bool) -> Links | None:
    """Return how mails carry a link; None where none does, as on a day that is only played.

    Raises: Misconfigured for an address that is none, days there cannot be, or another key.
    """
    given = None if files_only else setting.load(home).get("pay_link")
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) - {"site", "days"}:
        raise Misconfigured("pay_link", f"write it as:\n{EXAMPLE}")
    site, days = str(given.get("site", "")).rstrip("/"), given.get("days", portal.DAYS)
    parts = urlsplit(site)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if not is_safe or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise Misconfigured("pay_link.site", f"{site!r} is not https:// and a name:\n{EXAMPLE}")
    if not isinstance(days, int) or not 1 <= days <= portal.LONGEST_DAYS:
        raise Misconfigured("pay_link.days", f"1 to {portal.LONGEST_DAYS}, not {days!r}")
    return Links(site, days)


def shown(home: Path) -> str:
    """Return what stands in a mail that is only looked at, for which no link has been made."""
    try:
        found = of(home, files_only=False)
    except Misconfigured:
        return ""  # nothing is sent either while the settings are wrong
    return f"{found.site}/portal/…" if found else ""


def _carries(action: models.Action) -> bool:
    """Tell whether a message carries a link: a mail does, paper and a text message do not."""
    return bool(action.channel == "email")


def _token(scope: Scope, action: models.Action) -> str:
    said = f"{scope.organisation_id}:{action.key}"
    made = crypto.salted_hmac("dunwell.pay_link", said, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
