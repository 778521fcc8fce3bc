"""What tests of measures share: a customer on the way to one, people who answer, a look inside."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from evening import Evening, at

from dunwell.core.scope import Scope
from dunwell.delivery import webhook
from dunwell.desk import approve, found, hooks, settle
from dunwell.store import models, tx
from helpers import NOW, TODAY
from other_system import SECRET, OtherSystem

DAY = dt.timedelta(days=1)
TEN = at(TODAY, 10)


def person(scope: Scope, name: str, *roles: str) -> Scope:
    """Return the organisation as somebody else sees it, with the roles they hold."""
    found.add_user(scope, name, roles=roles or ("manager",), now=NOW)
    return scope._replace(actor=name)


def asked(scope: Scope, what: str) -> models.Approval | None:
    """Return the open question of a kind."""
    with tx.reading(scope):
        return models.Approval.objects.filter(
            organisation_id=scope.organisation_id, what=what, state="asked"
        ).first()


def grant(scope: Scope, what: str, *, day: dt.date = TODAY) -> None:
    """Let anna approve what is asked."""
    row = asked(scope, what)
    assert row is not None
    approve.approve(scope, row.key, as_of=day, now=at(day, 9))


def measures(scope: Scope, kind: str = "suspension") -> list[models.Measure]:
    """Return the measures of a kind, oldest first."""
    with tx.reading(scope):
        rows = models.Measure.objects.filter(organisation_id=scope.organisation_id, kind=kind)
        return list(rows.order_by("pk"))


def states(scope: Scope, kind: str = "suspension") -> list[str]:
    """Return the states of the measures of a kind, oldest first."""
    return [m.state for m in measures(scope, kind)]


def open_tasks(scope: Scope) -> list[str]:
    """Return the kinds of the tasks that are open and ours."""
    ours = ("by_hand", "system_silent", "release_terms", "set_terms", "tell_terms", "offer_plan")
    with tx.reading(scope):
        return list(
            models.Task.objects.filter(
                organisation_id=scope.organisation_id, state="open", kind__in=ours
            )
            .order_by("pk")
            .values_list("kind", flat=True)
        )


def connect(
    scope: Scope, there: OtherSystem, home: Path, *events: str, name: str = "billing"
) -> None:
    """Add the other system as a hook; its secret lies in a file of the home."""
    folder = home / "secrets"
    folder.mkdir(exist_ok=True)
    file = folder / "shared"
    file.write_text(SECRET + "\n")
    file.chmod(0o600)
    hooks.add(
        scope, name, there.url, secret="file:shared", events=list(events or ("suspension.*",)),
        home=home, now=NOW,
    )  # fmt: skip


def send(scope: Scope, home: Path, *, when: dt.datetime = TEN, **more: Any) -> hooks.Sent:
    """Carry what is due over the network."""
    return hooks.send(
        scope, more.pop("way", webhook.HttpPoster(seconds=5)), worker=more.pop("worker", "w"),
        home=home, on=when.date(), clock=lambda: when, **more,
    )  # fmt: skip


def night(scope: Scope, day: dt.date) -> None:
    """Judge everything once, as a night does."""
    assert settle.nightly(scope, as_of=day, now=at(day, 1)) == []


def contact_log(evening: Evening) -> str:
    """Return every message that went out, as text."""
    return "\n".join(repr(m) for m in (*evening.mail.sent, *evening.post.sent))
