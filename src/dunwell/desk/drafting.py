"""Writing a policy: a draft a person, read and proofread as it is written, until it is published.

A draft begins from the newest version and is kept with each change, so that nothing is lost.
Read top-down: the draft, what is read out of it, one number changed in it, its stories. Where
somebody else published meanwhile, the draft says so and is not touched.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import pydantic
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from dunwell import policies
from dunwell.core import changes
from dunwell.core import policy as documents
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import proofread, publish
from dunwell.policies import mend
from dunwell.store import models, tx
from dunwell.store.records import drafts

MOST = 200_000
"""The most characters of a policy; the longest built in has about 3,000."""
ALIASES = 20
"""The most YAML aliases: a few lines of them can stand for gigabytes."""
DEEPEST = 40
"""The most levels of a policy's text; one has about ten."""
STORY_MOST, STORIES = 20_000, 200
_NAME = re.compile(r"[a-z][a-z0-9-]{1,40}")
_STORY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")
_TAME = "at most 20 aliases (*name) and 40 levels in one document"


class Draft(NamedTuple):
    """What somebody is writing: its text, the version it began from, and the newest by now.

    `at` is when it was kept, None while nothing was changed yet.
    """

    name: str
    text: str
    base_n: int
    newest_n: int
    at: dt.datetime | None

    @property
    def is_overtaken(self) -> bool:
        """Tell whether somebody published since it was begun."""
        return self.base_n != self.newest_n


class Remark(NamedTuple):
    """One finding as a writer needs it: line, column, what stands there, what would do."""

    line: int
    column: int
    severity: str
    code: str
    place: str
    found: str
    want: str
    excerpt: str


class Reading(NamedTuple):
    """A draft as it was read: its document where it can be, what is wrong, what is otherwise.

    `document` is what the text says, `whole` with what it includes taken in. `before` says what
    it is compared with: the newest version of its policy, or "" where that is new.
    """

    document: documents.Document | None
    whole: documents.Document | None
    remarks: list[Remark]
    changes: list[str]
    before: str

    @property
    def errors(self) -> int:
        """How many remarks keep it from being published."""
        return sum(r.severity == "error" for r in self.remarks)


# --- the draft --------------------------------------------------------------------------------


def opened(scope: Scope, name: str) -> Draft:
    """Return a person's draft of a policy, or the newest version as one.

    Raises: Refused for a policy that is neither published nor being written.
    """
    with tx.reading(scope):
        row = models.PolicyDraft.objects.filter(
            organisation_id=scope.organisation_id, name=name, by=scope.actor
        ).first()
        newest = _newest(scope, name)
    if row is not None:
        return Draft(name, row.text, row.base_n, newest, row.at)
    return Draft(name, publish.text(scope, name), newest, newest, None)


def kept(scope: Scope) -> list[tuple[str, str, dt.datetime]]:
    """Return all drafts as (policy, who writes it, when it was kept)."""
    with tx.reading(scope):
        return list(
            models.PolicyDraft.objects.filter(organisation_id=scope.organisation_id)
            .order_by("name", "by")
            .values_list("name", "by", "at")
        )


def keep(scope: Scope, name: str, text: str, *, base_n: int, now: dt.datetime) -> Draft:
    """Keep what a person has written; the version it began from stays.

    `base_n` is the version their page showed, where nothing was kept before. Raises: Refused
    for a text longer than any policy.
    """
    text = text.replace("\r\n", "\n")
    if len(text) > MOST:
        raise Refused("policy_too_long", f"a policy has at most {MOST:,} characters")
    before = opened(scope, name)
    if before.text == text:
        return before
    if before.at is None and 0 < base_n < before.newest_n:
        before = before._replace(base_n=base_n)
        if publish.text(scope, name, base_n) == text:
            return before._replace(text=text)
    drafts.record_draft(scope, name, text, base_n=before.base_n, at=now)
    return before._replace(text=text, at=now)


def drop(scope: Scope, name: str) -> bool:
    """Throw a person's draft away; tell whether there was one."""
    return drafts.drop_draft(scope, name)


def go_on(scope: Scope, name: str, *, seen_n: int, now: dt.datetime) -> None:
    """Let a draft go on from a newer version its writer has seen, its text as it is."""
    draft = opened(scope, name)
    if draft.base_n < seen_n <= draft.newest_n:
        drafts.record_draft(scope, name, draft.text, base_n=seen_n, at=now)


def copy(scope: Scope, name: str, new: str, *, now: dt.datetime) -> None:
    """Begin a policy of another name with the text of a published one.

    Raises: Refused for a name that is none, or is taken.
    """
    if not _NAME.fullmatch(new):
        raise Refused(
            "policy_name",
            f"{new!r} is no name of a policy: small letters, figures and hyphens, such as house",
        )
    with tx.reading(scope):
        is_taken = _newest(scope, new) > 0 or models.PolicyDraft.objects.filter(
            organisation_id=scope.organisation_id, name=new, by=scope.actor
        ).exists()  # fmt: skip
    if is_taken:
        raise Refused("already_there", f"policy {new} is there already; choose another name")
    text = mend.named(publish.text(scope, name), new)
    drafts.record_draft(scope, new, text, base_n=0, at=now)


def published(scope: Scope, draft: Draft, *, moves: bool, now: dt.datetime) -> tuple[str, int]:
    """Publish a draft and end it; return the policy and the number of its version.

    A text that calls its policy by another name begins that policy. A draft that does nothing
    otherwise makes no version, and is kept. Raises: Refused for a text with errors, or a name
    that is taken; Stale where somebody published since it was begun.
    """
    read = reading(scope, draft)
    if read.document is None or read.errors:
        first = next(r for r in read.remarks if r.severity == "error")
        raise Refused(
            "policy_errors",
            f"line {first.line} of {draft.name} has an error: {first.found}; want {first.want}",
        )
    after = draft.base_n
    if read.document.policy != draft.name:
        with tx.reading(scope):
            is_taken = _newest(scope, read.document.policy) > 0
        if is_taken:
            raise Refused(
                "already_there",
                f"the text calls its policy {read.document.policy}, which is there already; "
                f"write {draft.name}, or a new name",
            )
        after = 0
    n = publish.publish(scope, read.document, now=now, moves=moves, source=draft.text, after=after)
    if n > after:
        drafts.drop_draft(scope, draft.name)
    return read.document.policy, n


def _newest(scope: Scope, name: str) -> int:
    found: int = (
        models.PolicyVersion.objects.filter(
            organisation_id=scope.organisation_id, policy__name=name
        )
        .order_by("-n")
        .values_list("n", flat=True)
        .first()
        or 0
    )
    return found


# --- reading it -------------------------------------------------------------------------------


def reading(scope: Scope, draft: Draft) -> Reading:
    """Read a draft: what is wrong or doubtful, where; what is otherwise than published."""
    if wild := _wild(draft.text):
        many = Remark(1, 1, "error", "unreadable", "", wild, _TAME, "")
        return Reading(None, None, [many], [], "")
    source = policies.load(draft.text, file=draft.name)
    rows = draft.text.splitlines()
    if source.document is None:
        found = [
            _remark(rows, spot, "error", "unreadable", c.column or "", c.found, c.want)
            for c, spot in zip(source.complaints, source.spots, strict=True)
        ]
        return Reading(None, None, found, [], "")
    earlier = publish.documents(scope, source.document.policy)
    remarks = [
        _remark(rows, source.spot(f.path), f.severity, f.code, policies.place_text(f.path),
                f.found, f.want)
        for f in proofread.run(source.document, earlier=earlier, staff=publish.staff(scope))
    ]  # fmt: skip
    whole, wrong = _whole(source.document)
    if whole is None and not any(r.severity == "error" for r in remarks):
        remarks.append(_remark(rows, (1, 1), "error", "unreadable", "", *wrong))
    said: list[str] = []
    if whole is not None and earlier:
        said = [c.text for c in changes.changes(earlier[-1], whole)]
    before = f"{source.document.policy} version {len(earlier)}" if earlier else ""
    return Reading(source.document, whole, remarks, said, before)


@functools.lru_cache(maxsize=16)
def read_whole(text: str) -> documents.Document | None:
    """Return the document a text says with what it includes; None where it cannot be read."""
    if _wild(text):
        return None
    document = policies.load(text, file="").document
    return _whole(document)[0] if document is not None else None


def _whole(document: documents.Document) -> tuple[documents.Document | None, tuple[str, str]]:
    """Take in what a document includes; else say what was found and what would do."""
    try:
        return policies.whole(document), ("", "")
    except KeyError as error:
        return None, (f"include {error}", "a policy that is built in")
    except pydantic.ValidationError as error:
        said = error.errors()[0].get("ctx", {})
        return None, (str(said.get("found", "")), str(said.get("want", "a whole policy")))


def _remark(
    rows: Sequence[str],
    spot: tuple[int, int],
    severity: str,
    code: str,
    place: str,
    found: str,
    want: str,
) -> Remark:
    line, column = spot
    excerpt = rows[line - 1].strip()[:120] if 0 < line <= len(rows) else ""
    return Remark(line, column, severity, code, place, found, want, excerpt)


def _wild(text: str) -> str:
    """Say what makes a YAML text cost more than its length, or nothing; builds none of it."""
    aliases = depth = 0
    try:
        for event in YAML(typ="rt", pure=True).parse(text):
            aliases += isinstance(event, AliasEvent)
            depth += isinstance(event, CollectionStartEvent)
            depth -= isinstance(event, CollectionEndEvent)
            if aliases > ALIASES or depth > DEEPEST:
                return "many aliases" if aliases > ALIASES else "many levels"
    except YAMLError:  # what is wrong with it is said by whoever reads it
        pass
    return ""


# --- one number changed -----------------------------------------------------------------------


class Wanted(NamedTuple):
    """A number somebody wants at a place, and the one they saw there."""

    place: tuple[int | str, ...]
    was: Decimal | None
    value: Decimal | None


def mended(
    scope: Scope, name: str, wanted: Sequence[Wanted], *, now: dt.datetime
) -> list[mend.Line]:
    """Put numbers at their places in the text of a draft; return the lines that are otherwise.

    Raises: Refused for a text that cannot be read, or a place that is not there or says
    something else by now; nothing is changed then.
    """
    draft = opened(scope, name)
    text = draft.text
    document = policies.load(text, file=name).document if not _wild(text) else None
    if document is None:
        raise Refused("policy_unmendable", "the text has an error; mend it first, under Text")
    for w in wanted:
        if value_at(document, w.place) != w.was:
            raise Refused(
                "policy_changed",
                f"{policies.place_text(w.place)} is {value_at(document, w.place)} by now and not "
                f"{w.was}, so nothing was changed; look again",
            )
    try:
        for w in wanted:
            text = mend.mend(text, w.place, _whole_number(w.value))
    except mend.Unmendable as error:
        raise Refused("policy_unmendable", f"nothing was changed: {error}") from None
    if text != draft.text:
        drafts.record_draft(scope, name, text, base_n=draft.base_n, at=now)
    return mend.lines(draft.text, text)


def value_at(document: documents.Document, place: Sequence[int | str]) -> Decimal | None:
    """Return the number at a place of a document, its default where none is written.

    Raises: Refused for a place there is not.
    """
    at: object = document
    for part in place:
        try:
            at = at[part] if isinstance(at, dict | list) else getattr(at, str(part))  # type: ignore[index]
        except (AttributeError, KeyError, IndexError, TypeError):
            where = policies.place_text(place)
            raise Refused("policy_changed", f"there is no {where} any more; look again") from None
    return at if at is None or isinstance(at, Decimal) else Decimal(str(at))


def _whole_number(value: Decimal | None) -> int | Decimal | None:
    """Write a whole number without decimals."""
    return int(value) if value is not None and value == int(value) else value


# --- its stories ------------------------------------------------------------------------------


class Story(NamedTuple):
    """A story kept with a policy, and who wrote it."""

    name: str
    text: str
    by: str
    at: dt.datetime


def stories(scope: Scope, policy: str) -> list[Story]:
    """Return the stories kept with a policy, by name."""
    with tx.reading(scope):
        return [
            Story(*row)
            for row in models.PolicyStory.objects.filter(
                organisation_id=scope.organisation_id, policy=policy
            )
            .order_by("name")
            .values_list("name", "text", "by", "at")
        ]


def keep_story(scope: Scope, policy: str, name: str, text: str, *, now: dt.datetime) -> None:
    """Keep a story with a policy, instead of one of the same name.

    Raises: Refused for a name or a text that does not do, or one too many.
    """
    name, text = name.strip(), text.replace("\r\n", "\n")
    if not _STORY_NAME.fullmatch(name):
        raise Refused("story_name", "give the story a short name of letters and figures")
    if not text.strip() or len(text) > STORY_MOST:
        raise Refused("story_text", f"a story has some lines, at most {STORY_MOST:,} characters")
    there = {s.name for s in stories(scope, policy)}
    if name not in there and len(there) >= STORIES:
        raise Refused("story_text", f"{policy} has {STORIES} stories; throw one away first")
    drafts.record_story(scope, policy, name, text, at=now)


def drop_story(scope: Scope, policy: str, name: str) -> bool:
    """Throw a story away; tell whether there was one."""
    return drafts.drop_story(scope, policy, name)
