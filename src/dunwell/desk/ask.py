"""Ask the channels that can answer what became of messages nobody knows the end of (6.5).

Only a yes settles anything: that a channel knows nothing of a message proves nothing, and a
person still decides.
"""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Mapping

from dunwell.core.decision import Act
from dunwell.core.errors import DunwellError
from dunwell.core.message import Message, Receipt
from dunwell.core.scope import Scope
from dunwell.delivery import channel as channels
from dunwell.store import models, personal, tx
from dunwell.store.records import cases, outbox

log = logging.getLogger("dunwell.dispatch")
SPAN = dt.timedelta(days=1)
"""How long after the hand-over began a message may have been taken: a slow night is long."""
DAYS = 7
"""For how many days after the hand-over a channel is asked."""
MOST = 50


def run(scope: Scope, routes: Mapping[str, channels.Channel], *, now: dt.datetime) -> int:
    """Ask about the unknown messages of the last days; return how many turn out to be sent."""
    found = 0
    for name, way in sorted(routes.items()):
        if not isinstance(way, channels.Answering):
            continue
        unknown = _unknown(scope, name, now=now)
        if not unknown:
            continue
        try:
            way.open()
            found += sum(_settle(scope, way, action, now=now) for action in unknown)
        except DunwellError as error:
            log.warning("%s cannot be asked: %s", name, error)
        finally:
            way.close()
    return found


def _unknown(scope: Scope, channel: str, *, now: dt.datetime) -> list[models.Action]:
    with tx.reading(scope):
        return list(
            models.Action.objects.filter(
                organisation_id=scope.organisation_id,
                state="unknown",
                channel=channel,
                handed_at__gte=now - dt.timedelta(days=DAYS),
            )
            .select_related("decision", "entity", "customer")
            .order_by("pk")[:MOST]
        )


def _settle(
    scope: Scope, way: channels.Answering, action: models.Action, *, now: dt.datetime
) -> bool:
    """Ask about one message; where it was taken, it is sent on the day it was handed over."""
    assert action.handed_at is not None
    with tx.reading(scope):
        message = _message(scope, action)
    taken = message and way.ask(message, handed_at=action.handed_at, within=SPAN)
    if not message or not taken:
        return False
    act = cases.unpack(bytes(action.decision.body))
    assert isinstance(act, Act)
    zone = zoneinfo.ZoneInfo(action.entity.time_zone)
    on = max(action.decision.as_of, action.handed_at.astimezone(zone).date())
    receipt = Receipt(
        key=action.key, channel=action.channel, kind="accepted", at=now, evidence=taken
    )
    outbox.record_sent(scope, action, receipt, act=act, on=on, sha256=message.sha256)
    return True


def _message(scope: Scope, action: models.Action) -> Message | None:
    """Return the message as it was handed over; None where it or its address was erased."""
    raw = outbox.message_of(scope, action.pk)
    where = "mobile" if action.channel == "sms" else action.channel
    to = personal.read(scope, "contact", [action.contact_id or 0], fields=[where])
    if raw is None or not to:
        return None
    return Message(
        key=action.key, channel=action.channel, to=next(iter(to.values())), subject="",
        language="", text="", html="", raw=raw, sha256="",
    )  # fmt: skip
