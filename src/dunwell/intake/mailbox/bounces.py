"""Bounces: who did not get it, for good or for now, and which mail of ours it was.

Two ways in. A report by RFC 3464 says it in fields; anything else is read by the words mail
systems use (`phrases`). Must not know: what follows from a bounce.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dunwell.core.inbound import Failed
from dunwell.intake.mailbox import parts, phrases
from dunwell.intake.mailbox.parts import Mail

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY = re.compile(r"(?:^|[\s:(\[-])([45])[0-5]\d(?=[\s-])")
_ADDRESS = re.compile(
    r"(?<![\w.+-])([\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,250}[A-Za-z0-9])", re.A
)
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60})\s*:[ \t]*(.*(?:\n[ \t]+.*)*)", re.M)
_MOST = 50
"""Recipients of one report that are kept; ours has one."""
_LEAST = 10
"""Characters a mail system says at least; a shorter beginning was no beginning."""
_LONGEST = 20_000
"""Characters of a mail system's own words that are looked at."""
_OURS = re.compile(r"[0-9a-f]{32}@")


class Bounce(NamedTuple):
    """What a bounce says: who failed, whether others were reached, and how it was read."""

    failed: tuple[Failed, ...]
    reached: bool
    how: str


def report(mail: Mail) -> Bounce | None:
    """Return what a delivery status report says (RFC 3464), or None where there is none.

    A report that speaks of success only names nobody who failed.
    """
    blocks = [b for part in parts.walk(mail) for b in _status_blocks(part)]
    if not blocks and mail.get_content_type() == "multipart/report":
        blocks = list(_split(parts.whole(mail)))  # its parts could not be told apart
    recipients = [b for b in blocks if "final-recipient" in b or "action" in b]
    if not recipients:
        return None
    failed = tuple(_from_fields(b, _words(mail)) for b in recipients[:_MOST] if not _is_good(b))
    return Bounce(failed, any(_is_good(b) for b in recipients), "report")


def free_form(mail: Mail) -> Bounce | None:
    """Return what a bounce in plain words says, or None where this is no bounce.

    It is one when a mail system wrote it and it says so: by its sender or subject, and by a
    phrase, a status code, or the recipients it names in a header of its own.
    """
    words = _words(mail)
    named = [a for h in phrases.FAILED_HEADERS for v in parts.headers(mail, h) for a in _all(v)]
    by_system = phrases.is_system(parts.header(mail, "From"), parts.header(mail, "Return-Path"))
    subject = parts.header(mail, "Subject")
    says = phrases.BOUNCE_SUBJECT.search(subject)
    found = phrases.find(words)
    if not (named or (by_system and (says or found or _STATUS.search(words))) or (says and found)):
        return None
    status = _status(words)
    tried_again = bool(phrases.DELAYED.search(f"{subject}\n{words}"))
    addresses = named or _recipients(words, mail)
    made = tuple(
        Failed(
            address=a,
            status=status,
            is_final=not tried_again,
            is_hard=not tried_again and phrases.is_hard(status, words),
            words=phrases.line_of(words),
        )
        for a in (addresses or [""])[:_MOST]
    )
    return Bounce(made, reached=False, how="words")


def original(mail: Mail) -> Iterator[str]:
    """Yield texts in which headers of the mail that came back may stand: parts, then the body."""
    for part in parts.walk(mail):
        if part is mail:
            continue
        if part.get_content_maintype() == "message" or "rfc822" in part.get_content_type():
            for one in parts.inner(part):
                yield "\n".join(f"{k}: {v}" for k, v in one.items())
        yield parts.text_of(part)
    yield parts.text_of(mail)


def _status_blocks(part: Mail) -> Iterator[dict[str, str]]:
    """Yield the groups of fields of a status part, whether or not the parser split them."""
    kind = part.get_content_type()
    if kind not in ("message/delivery-status", "message/global-delivery-status"):
        return
    for block in parts.inner(part):
        yield {k.lower(): " ".join(str(v).split()) for k, v in block.items()}
        yield from _split(parts.whole(block))
    if not parts.inner(part):
        yield from _split(parts.text_of(part))


def _split(text: str) -> Iterator[dict[str, str]]:
    for block in re.split(r"\n\s*\n", text.replace("\r", "")):
        found = {k.lower(): " ".join(v.split()) for k, v in _FIELD.findall(block)}
        if found:
            yield found


def _is_good(block: dict[str, str]) -> bool:
    action = block.get("action", "").split(" ")[0].lower()
    return action in ("delivered", "relayed", "expanded") or (
        not action and block.get("status", "")[:1] == "2"
    )


def _from_fields(block: dict[str, str], words: str) -> Failed:
    """Read one recipient's fields; the words of the mail settle what they leave open."""
    diagnostic = block.get("diagnostic-code", "")
    status = _status(block.get("status", ""))
    if status[2:] in ("", "0.0"):
        # A system that says 5.0.0 often names the true code in its diagnosis.
        status = _status(diagnostic) or status or _status(words)
    recipient = next(
        (block[f] for f in phrases.RECIPIENT_FIELDS if "@" in block.get(f, "")), ""
    )  # fmt: skip
    is_final = block.get("action", "failed").split(" ")[0].lower() != "delayed"
    said = diagnostic if phrases.find(diagnostic) else words
    return Failed(
        address=next(iter(_all(recipient.partition(";")[2] or recipient)), ""),
        status=status,
        is_final=is_final,
        is_hard=is_final and phrases.is_hard(status, said),
        words=(diagnostic or phrases.line_of(words))[:300],
    )


def _status(text: str) -> str:
    """Return the first status code, written as RFC 3463's or only as an SMTP reply."""
    if match := _STATUS.search(text):
        return ".".join(match.groups())
    if match := _REPLY.search(text):
        return f"{match[1]}.0.0"
    return ""


def _recipients(words: str, mail: Mail) -> list[str]:
    """Return the addresses a bounce in words is about; ours and the system's are not."""
    ours = {parts.address(mail, "To"), parts.address(mail, "From")}
    found = [a for a in _all(words) if not phrases.is_system(a, "") and not _OURS.match(a)]
    others = [a for a in found if a not in ours]
    return list(dict.fromkeys(others or found))


def _all(text: str) -> list[str]:
    return [a.lower() for a in _ADDRESS.findall(text)]


def _words(mail: Mail) -> str:
    """Return what the mail system itself says, without the mail that came back below it."""
    texts: Iterable[str] = (
        parts.text_of(p)
        for p in parts.own_parts(mail)
        if p.get_content_type() in ("text/plain", "text/html")
    )
    said = ("\n".join(texts) or parts.whole(mail))[: 2 * _LONGEST]
    above = phrases.CAME_BACK.split(said, maxsplit=1)[0]
    return (above if len(above.strip()) > _LEAST else said)[:_LONGEST]
