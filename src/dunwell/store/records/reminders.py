"""Whether an instalment was reminded of: kept once the world confirmed it, and taken back.

Everything runs inside the caller's transaction. Must not know: when a reminder goes, or what
it says (`core.reminder`).
"""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from dunwell.core import reminder
from dunwell.core.decision import Act
from dunwell.core.scope import Scope
from dunwell.store import journal, models
from dunwell.store.records import watch


def keep(scope: Scope, act: Act, *, on: dt.date) -> None:
    """Keep that an instalment was reminded of, where that is what the message was."""
    about = reminder.about(act)
    if about is not None:
        _instalment(scope, about).update(reminded_on=on)


def take_back(
    scope: Scope, action: models.Action, act: Act, *, on: dt.date, at: dt.datetime
) -> bool:
    """Take back a reminder that nobody got; tell whether there was one (SEMANTICS 6.6).

    It is no contact any more, and may go again while there is time.
    """
    about = reminder.about(act)
    if about is None:
        return False
    reached = models.Outreach.objects.filter(
        organisation_id=scope.organisation_id, action=action, voided_on__isnull=True
    )
    if not reached.update(voided_on=on):
        return False  # it failed, or was taken back before: another may have gone since
    _instalment(scope, about).update(reminded_on=None)
    refs = {"action": action.pk, "taken": [], "stop": about.stop, "instalment": about.n, "on": on}
    journal.append(scope, "taken_back", refs=refs, at=at)
    watch.wake(scope, [action.customer_id])
    return True


def _instalment(scope: Scope, about: reminder.About) -> QuerySet[models.Instalment]:
    return models.Instalment.objects.filter(
        organisation_id=scope.organisation_id, plan__stop_id=about.stop, n=about.n
    )
