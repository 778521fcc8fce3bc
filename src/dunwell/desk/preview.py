"""Messages as they will look, before anything is recorded or sent (SEMANTICS 6.1, 6.9).

Made by the same code as the ones that go out: the case is decided as of the day, the data put
together by `compose`, the text by `delivery.render`. A notice that waits for an approval is
shown as it would go once approved, so that nobody approves what they have not seen. Writes
nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from dunwell.core import book, decide, message
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Ask, Decision, Planned
from dunwell.core.errors import Refused
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.delivery import render
from dunwell.desk import compose, look
from dunwell.store import models, tx
from dunwell.store import policies as published
from dunwell.store.records import cases


class Preview(NamedTuple):
    """One message as it would go out: a mail or letter, or the script of a call.

    `asks` is the role whose approval it waits for, "" when it waits for none. `refused` says
    why no message could be made; then there is neither `message` nor `script`.
    """

    entity: str
    customer: str
    key: str
    step: str
    tone: str
    channel: str
    send_at: dt.datetime
    asks: str
    message: message.Message | None
    script: render.Script | None
    refused: str


def preview(scope: Scope, customer: str, *, as_of: dt.date, link: str = "") -> list[Preview]:
    """Return every message the customer would get on a day, in the order of entity and channel.

    `link` stands where a mail will carry the link to the customer's own page, made as it goes.

    Raises: Refused when nobody by that reference is known.
    """
    with tx.reading(scope):
        row = models.Customer.objects.filter(
            organisation_id=scope.organisation_id, reference=customer
        ).first()
        if row is None:
            raise Refused("unknown_customer", f"no customer {customer!r}; check the reference")
        found = look.propose(scope, as_of=as_of, customers=[row.pk])
        return [p for line in found.lines for p in _of_line(scope, line, as_of, link)]


def _of_line(scope: Scope, line: cases.Line, as_of: dt.date, link: str) -> Iterator[Preview]:
    """Yield the messages of one case: what goes by itself, then what waits for a role."""
    if line.facts is None:
        return
    policy = published.load(scope, line.policy_version_id)
    facts = _unsent(line.facts)
    made = decide.decide(facts, policy, as_of=as_of) if facts is not line.facts else line.made
    shown: set[str] = set()
    for act, role in _acts(made, facts, policy, as_of):
        for planned in act.actions:
            if planned.key not in shown:
                shown.add(planned.key)
                yield _preview(
                    scope, line, _with_case(facts, as_of), act, planned, role, as_of,
                    policy.texts, link,
                )  # fmt: skip


def _unsent(facts: book.Facts) -> book.Facts:
    """Leave out what is recorded and has not left yet, as dispatch does when it decides again."""
    flights = tuple(f for f in facts.flights if f.state not in ("ready", "claimed"))
    if len(flights) == len(facts.flights):
        return facts
    return msgspec.structs.replace(facts, flights=flights)


def _with_case(facts: book.Facts, as_of: dt.date) -> book.Facts:
    """Number the case that the run will open for what is overdue: messages carry its number."""
    if facts.has_open_case or not any(
        i.due_on < as_of and i.kind in book.DEBITS for i in facts.items
    ):
        return facts
    return msgspec.structs.replace(facts, case_no=facts.case_no + 1)


def _acts(
    made: Decision, facts: book.Facts, policy: policies.Policy, as_of: dt.date
) -> Iterator[tuple[Act, str]]:
    """Yield the acts of a decision: its own, and what each notice asked for would be."""
    if isinstance(made, Act):
        yield made, ""
    for asked in made.asks if isinstance(made, Act | Ask) else ():
        if asked.what != "notice":
            continue
        granted = book.Approval(
            what="notice", step=asked.step, asked_on=as_of, state="granted", decided_on=as_of
        )
        given = msgspec.structs.replace(
            facts,
            approvals=(*facts.approvals, granted),
            brought_forward=(*facts.brought_forward, Reason.QUIET_HOURS),
        )
        then = decide.decide(given, policy, as_of=as_of)
        if isinstance(then, Act) and then.step == asked.step:
            yield then, asked.approval


def _preview(
    scope: Scope,
    line: cases.Line,
    facts: book.Facts,
    act: Act,
    planned: Planned,
    role: str,
    as_of: dt.date,
    own: tuple[tuple[str, str, str], ...],
    link: str,
) -> Preview:
    action = _unsaved(scope, line, planned)
    send_at = dt.datetime.fromisoformat(planned.send_at)
    made, script, refused = None, None, ""
    try:
        data = compose.Book(scope, [action]).data(action, act, facts, on=as_of)
        if link and planned.channel == "email":
            data = msgspec.structs.replace(data, portal_link=link)
        if planned.channel == "call":
            script = render.script(data, templates=render.with_own(own))
        else:
            made = render.render(data, templates=render.with_own(own), sent_at=send_at)
    except Refused as error:
        refused = str(error)
    return Preview(
        line.entity, line.customer, planned.key, act.step, act.tone, planned.channel, send_at,
        role, made, script, refused,
    )  # fmt: skip


def _unsaved(scope: Scope, line: cases.Line, planned: Planned) -> models.Action:
    """Return the action as it would be recorded, never saved."""
    mine = {"organisation_id": scope.organisation_id}
    return models.Action(
        **mine,
        entity=models.Entity.objects.get(**mine, pk=line.entity_id),
        customer=models.Customer.objects.get(**mine, pk=line.customer_id),
        contact_id=planned.contact,
        key=planned.key,
        channel=planned.channel,
        to_role=planned.to_role,
        step=planned.step,
        template=planned.template,
    )
