"""The words of the messages: which texts a policy's steps use, in whose words, how each looks.

A text is built in, or the organisation's own: then it stands in the policy's document, is
versioned with it and never changed in place. Read top-down: what there is, the words of one,
another wording in a draft, and a text shown with a real account as it stands on a day.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from dunwell import policies
from dunwell.core import book, message, money, notice, reminder, views
from dunwell.core import policy as documents
from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery import render
from dunwell.desk import by_hand, compose, drafting
from dunwell.policies import mend
from dunwell.store import models, tx
from dunwell.store.records import drafts

MOST = 20_000
"""The most characters of one text; the longest built in has about 3,000."""
_ROW = re.compile(r"^\| ((?:`\w+` ?)+)\| (.+) \|$", re.MULTILINE)


class Use(NamedTuple):
    """One step and a text it uses: by which ways it goes, and in whose words it is.

    `own` are the languages with own words, `english` those that have none and go in English.
    """

    cadence: str
    step: str
    tone: str
    name: str
    channels: list[str]
    own: list[str]
    english: list[str]


class Words(NamedTuple):
    """One text in one language; `origin` is own, built_in, english or none."""

    text: str
    origin: str


class Case(NamedTuple):
    """A real account, and what a text would say about it on a day."""

    customer: str
    name: str
    entity: str
    data: message.MessageData


# --- what there is ----------------------------------------------------------------------------


def used(document: documents.Document) -> list[Use]:
    """Return every text of every step, in the order of the ladders; text messages aside.

    Last the one that no step uses: the reminder of a plan's instalment.
    """
    found = []
    for cadence, doc in document.cadences.items():
        for step in doc.steps:
            by_name: dict[str, list[str]] = {}
            for action in step.actions:
                if action.channel != "sms":
                    name = action.template or step.template or step.id
                    by_name.setdefault(name, []).append(action.channel)
            found += [
                _use(document, cadence, step.id, step.tone, name, ways)
                for name, ways in by_name.items()
            ]
    plans = _use(document, "payment_plans", reminder.STEP, "friendly", reminder.STEP, ["email"])
    return [*found, plans]


def _use(
    document: documents.Document, cadence: str, step: str, tone: str, name: str, ways: list[str]
) -> Use:
    lacking = [
        c for c in render.LANGUAGES if words(document, name, c).origin in ("english", "none")
    ]
    return Use(cadence, step, tone, name, ways, sorted(document.texts.get(name, {})), lacking)


def words(document: documents.Document, name: str, language: str) -> Words:
    """Return the words of a text in a language: own, else built in, else the English ones."""
    for code, other in ((language, ""), ("en", "english")):
        own = document.texts.get(name, {}).get(code)
        if own is not None:
            return Words(own, other or "own")
        there = render.built_in(name, code)
        if there is not None:
            return Words(there, other or "built_in")
    return Words("", "none")


def is_script(document: documents.Document, name: str) -> bool:
    """Tell whether a text is read by a caller, as its English words say."""
    text = words(document, name, "en").text
    return "\ncall_script: true" in text.partition("\n---")[0]


def fields() -> list[tuple[list[str], str]]:
    """Return the fields and blocks a text may use, each with what it means."""
    guide = Path(policies.__file__).parent / "templates" / "README.md"
    return [
        (re.findall(r"`(\w+)`", names), meaning.replace("`", "").replace("\\|", "|"))
        for names, meaning in _ROW.findall(guide.read_text("utf-8"))
    ]


# --- other words ------------------------------------------------------------------------------


def faults(document: documents.Document, name: str, text: str) -> list[str]:
    """Return what is wrong with words for a text, as the linter of the policy would say it."""
    found = render.check(text, name=name)
    if not found and render.parse(text, name=name).is_call_script is not is_script(document, name):
        found = [f"{name}: a call script says `call_script: true` in its head, a message does not"]
    return found


def keep(
    scope: Scope, policy: str, name: str, language: str, text: str | None, *, now: dt.datetime
) -> drafting.Draft:
    """Keep own words in a person's draft of the policy; None goes back to those built in.

    Raises: Refused for words that cannot be used, or a draft that cannot be read.
    """
    draft = drafting.opened(scope, policy)
    read = drafting.reading(scope, draft)
    if read.whole is None:
        raise Refused("policy_unmendable", "the text has an error; mend it first, under Text")
    if text is not None:
        text = "".join(f"{row.rstrip()}\n" for row in text.strip().splitlines())
        wrong = faults(read.whole, name, text)
        if len(text) > MOST:
            wrong = [f"{name}: a text has at most {MOST:,} characters"]
        if wrong:
            raise Refused("bad_text", "; ".join(wrong))
        if text == render.built_in(name, language):
            text = None  # as built in is no wording of one's own
    try:
        made = mend.worded(draft.text, name, language, text)
    except mend.Unmendable as error:
        raise Refused("policy_unmendable", f"nothing was changed: {error}") from None
    if made == draft.text:
        return draft
    if len(made) > drafting.MOST:
        raise Refused("policy_too_long", f"a policy has at most {drafting.MOST:,} characters")
    drafts.record_draft(scope, policy, made, base_n=draft.base_n, at=now)
    return draft._replace(text=made, at=now)


# --- as it looks ------------------------------------------------------------------------------


def case(
    scope: Scope, document: documents.Document, name: str, customer: str, *, as_of: dt.date
) -> Case | None:
    """Return what a text would say about a customer's account; None where nothing is open.

    It is about all that is overdue, or, for a text before the due date, about all that is not,
    whatever step the items have reached. Raises: Refused for an unknown customer.
    """
    with tx.reading(scope):
        who = by_hand.payer(scope, customer)
        mine = {"organisation_id": scope.organisation_id}
        for entity in models.Entity.objects.filter(**mine).order_by("code"):
            view = by_hand.view_of(scope, by_hand.Case(entity, who), as_of=as_of)
            act = _act(view, document, name) if view is not None else None
            if view is None or act is None:
                continue
            posted = sorted(act.actions, key=lambda a: a.channel != "letter")  # with an address
            contact = next((a.contact for a in posted if a.template == name and a.contact), None)
            action = models.Action(
                **mine, entity=entity, customer=who, contact_id=contact, key="preview",
                channel="email", to_role="ap", step=act.step, template=name,
            )  # fmt: skip
            made = compose.Book(scope, [action]).data(action, act, view.facts, on=as_of)
            return Case(who.reference, made.recipient.customer_name, entity.code, made)
    return None


def _act(view: views.View, document: documents.Document, name: str) -> Act | None:
    """Put the message together as the step that uses the text would."""
    if name == reminder.STEP:
        return _reminder(view)
    policy = documents.compile_policy(document, version=0)
    ladders = [view.cadence, *policy.cadences.values()]
    steps = (s for c in ladders for s in c.steps if name in {a.template for a in s.actions})
    step = next(steps, view.cadence.steps[-1])
    places = [p for p in view.places if p.at.net_minor > 0]
    fits = [p for p in places if p.at.is_overdue is (step.phase == "overdue")] or places
    return notice.plan(view, step, [], {step.index: fits}) if fits else None


def _reminder(view: views.View) -> Act | None:
    """Remind of the first of three instalments of all that is overdue, as if that were agreed."""
    overdue = [s.item for s in view.pos.overdue]
    mine = [i for i in overdue if i.currency == overdue[0].currency]
    if not mine:
        return None
    part = money.split(sum(i.open_minor for i in mine), 3)[0]
    on = view.as_of
    plan = book.Stop(0, "plan", on, None, tuple((i.id, None) for i in mine))
    due_on = on + dt.timedelta(days=view.policy.settings.plans.remind_days_before)
    one = book.Instalment(0, 1, 3, due_on, mine[0].currency, part, part)
    agreed = msgspec.structs.replace(view.given, stops=(plan,), instalments=(one,))
    return reminder.act(views.look(agreed, view.policy, on))


def shown(
    found: Case, document: documents.Document, *, language: str, channel: str
) -> message.Message | render.Script:
    """Return a text as it looks in a language: the words of a mail or call, or a letter.

    Raises: Refused for words that cannot be used.
    """
    templates = render.with_own(documents.own_texts(document))
    to = msgspec.structs.replace(found.data.recipient, language=language)
    data = msgspec.structs.replace(found.data, channel=channel, recipient=to)
    if channel != "letter":
        return render.script(data, templates=templates)  # what travels with a mail is not set
    at = dt.datetime.combine(data.as_of, dt.time(9), tzinfo=dt.UTC)
    return render.render(data, templates=templates, sent_at=at)
