"""The gate: whether the data is fresh enough for anything to be sent (SEMANTICS 6.8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dunwell.core import workdays
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import calendars, journal, models, tx

FEEDS = ("customers", "items", "payments")


def declare(
    scope: Scope, entity: str, feeds: Sequence[str], *, within_days: int, now: dt.datetime
) -> None:
    """Declare which feeds must be fresh before an entity sends anything; none opens the gate.

    Raises: Refused for an unknown entity or feed.
    """
    if unknown := sorted(set(feeds) - set(FEEDS)):
        raise Refused("unknown_feed", f"{unknown[0]!r} is none of {', '.join(FEEDS)}")
    with tx.transaction_of(scope):
        row = models.Entity.objects.filter(
            organisation_id=scope.organisation_id, code=entity
        ).first()
        if row is None:
            raise Refused("unknown_entity", f"no entity {entity!r}; see `dunwell policy list`")
        row.feeds_required, row.max_data_age_days = sorted(set(feeds)), within_days
        row.save(update_fields=["feeds_required", "max_data_age_days"])
        refs = {"entity": row.pk, "feeds": row.feeds_required, "within_days": within_days}
        journal.append(scope, "feeds_required", refs=refs, at=now)


def stale_feed(scope: Scope, *, as_of: dt.date) -> str:
    """Name the first required feed that is older than allowed on a day, or return "".

    Each entity says which feeds it requires, and how many of its working days old they may be.
    """
    with tx.reading(scope):
        required = [
            e
            for e in models.Entity.objects.filter(organisation_id=scope.organisation_id)
            .order_by("code")
            if e.feeds_required
        ]  # fmt: skip
        known = calendars.load(scope) if required else {}
        for entity in required:
            calendar = known.get(entity.calendar) or known["-"]
            oldest = workdays.add_working(calendar, as_of, -entity.max_data_age_days)
            for feed in entity.feeds_required:
                last = (
                    models.ImportBatch.objects.filter(
                        organisation_id=scope.organisation_id, state="published", kind=feed
                    )
                    .order_by("-as_of")
                    .first()
                )
                if last is None or last.as_of < oldest:
                    if last is None:
                        return f"{feed} for {entity.code} were never imported"
                    return f"{feed} for {entity.code} reach to {last.as_of.isoformat()}"
    return ""
