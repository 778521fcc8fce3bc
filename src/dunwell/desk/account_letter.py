"""A customer's statement of account as a PDF, in the customer's language (FEATURES K8).

It is the very statement that the customer sees behind a link (`owing`), on whatever day is
looked at. It asks for nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from dunwell.core.scope import Scope
from dunwell.delivery import letter, render
from dunwell.delivery.words import Words
from dunwell.desk import compose, named, owing, portal
from dunwell.store import facts, models, tx


class Statement(NamedTuple):
    """The file: its name and its bytes."""

    name: str
    pdf: bytes


def make(
    scope: Scope, customer: str, *, entity: str | None = None, as_of: dt.date, now: dt.datetime
) -> Statement:
    """Make the statement of a customer's account with an entity as of a day.

    A child's items stand on the statement of whoever pays for it. Raises: Refused for an
    unknown customer or entity, and where it cannot be told which entity.
    """
    with tx.reading(scope):
        who = named.customer(scope, customer)
        of = named.entity_for(scope, who, entity)
        payer = facts.families(scope).payer_of.get(who.pk)
        if payer is not None:
            who = models.Customer.objects.get(organisation_id=scope.organisation_id, pk=payer)
    # As the customer would see it who came in with a link; no link is made.
    guest = portal.Guest(
        scope, 0, who.reference, who.pk, of.code, of.pk, compose.language_of(None, who, of),
        as_of, now, now,
    )  # fmt: skip
    templates = render.load_templates()
    language = guest.language if guest.language in templates.phrases else "en"
    data = owing.data(owing.account(guest), language=language)
    pdf = letter.statement(data, Words(language, templates.phrases[language]))
    return Statement(f"statement-{of.code}-{who.reference}-{as_of}.pdf", pdf)
