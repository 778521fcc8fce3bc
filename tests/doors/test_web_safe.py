"""What the door of the desk keeps out: strangers, those who left, and what is too much."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from test_web_access import Clock, browser, enter, user

from dunwell.core import authority
from dunwell.core.scope import Scope
from dunwell.desk import release
from dunwell.store import models, tx
from dunwell.web import acts
from helpers import NOW, TODAY, Book, customer, invoice

pytestmark = pytest.mark.one_database
STOPS = (
    "hold", "commercial_pause", "hardship", "moved_out", "closed", "dispute", "promise", "plan",
    "insolvency", "legal_representation", "placement", "written_off", "ceased", "ceased_email",
)  # fmt: skip
"""Every kind of stop there is."""
ENDS = {
    "hold": {"hold", "left out"}, "drop": {"left out"}, "hardship": {"hardship"},
    "out-of-cadence": {"moved_out"}, "lawyer": {"legal_representation"},
    "no-contact": {"ceased", "ceased_email"},
}  # fmt: skip
"""What the undoing of each verb may end; of every other verb, nothing by a stop's number."""


@pytest.fixture
def owing(scope: Scope, book: Book, home: Path, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """C-1 owes an invoice."""
    monkeypatch.setattr(settings, "HOME", home)
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1"))
    return scope


def test_undoing_ends_what_its_verb_made_and_nothing_else(owing: Scope) -> None:
    """For every verb and every kind of stop: a dispute is not ended by undoing a hold."""
    user(owing, "eva", *authority.ROLES)
    client = browser(owing, Clock())
    enter(client, "eva")
    mine = {"organisation_id": owing.organisation_id}
    with tx.transaction_of(owing):
        one = models.Customer.objects.get(**mine)
        stops = {
            kind: models.Stop.objects.create(
                customer=one, kind=kind, from_on=TODAY, opened_at=NOW, **mine
            ).pk
            for kind in STOPS
        }
    stops["left out"] = release.leave_out(owing, "C-1", reason="asked", as_of=TODAY, now=NOW)
    ended: dict[str, set[str]] = {}
    for verb in (v.name for v in acts.registry().values() if v.undo):
        for kind, pk in stops.items():
            assert client.post(f"/undo/{verb}/{pk}").status_code == 303
            with tx.transaction_of(owing):
                again = models.Stop.objects.filter(**mine, pk=pk, ended_on__isnull=False)
                if again.update(ended_on=None, ended_at=None, state="open"):
                    ended.setdefault(verb, set()).add(kind)
    assert ended == ENDS


@pytest.mark.parametrize("made", ["abc", "9" * 40, "1.2", "-1", "٣"])
def test_what_was_never_made_cannot_be_undone(owing: Scope, made: str) -> None:
    """An address that names nothing is not found, and breaks nothing."""
    user(owing, "eva", "collector")
    client = browser(owing, Clock())
    enter(client, "eva")
    assert client.post(f"/undo/hold/{made}").status_code == 404
