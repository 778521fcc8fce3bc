"""A mail as text, whatever is wrong with it: headers decoded, parts found, nothing raised.

Uses the standard library's lenient parser; what it cannot decode comes out with replacement
characters. Must not know: what kind of mail it is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import email.errors
import email.header
import email.message
import email.utils
import html
import re
from collections.abc import Iterator

Mail = email.message.Message

LONGEST = 200_000
"""Characters of text that are looked at; a longer mail is cut."""

_DEEPEST = 20
"""Parts within parts that are followed; nobody writes deeper."""

_HIDDEN = re.compile(r"<(style|script|!--)", re.I)
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^>]*>", re.I)
_QUOTE = re.compile(r"<blockquote\b.*", re.S | re.I)


def parse(raw: bytes) -> Mail:
    """Return the mail; a damaged one as far as it can be read."""
    return email.message_from_bytes(raw.lstrip(b"\r\n"))


def header(mail: Mail, name: str) -> str:
    """Return the first header of that name as one line of plain text, "" without one."""
    return next(iter(headers(mail, name)), "")


def headers(mail: Mail, name: str) -> list[str]:
    """Return every header of that name."""
    wanted = name.lower()
    return [_decoded(str(value)) for key, value in mail.raw_items() if key.lower() == wanted]


def _decoded(text: str) -> str:
    """Return a header's value in plain words; one that was never encoded is taken as UTF-8."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    # An encoded word that is broken stays as it stands.
    with contextlib.suppress(ValueError, LookupError, email.errors.MessageError):
        text = str(email.header.make_header(email.header.decode_header(text)))
    return re.sub(r"\s+", " ", _shown(text)).strip()


def address(mail: Mail, name: str) -> str:
    """Return the address in a header, in lower case, without the name beside it."""
    text = header(mail, name)
    _, found = email.utils.parseaddr(text)
    if "@" not in found:
        match = re.search(r"[^\s<>\"(),;:]+@[^\s<>\"(),;:]+", text)
        found = match[0] if match else found
    return found.strip().lower()


def received_at(mail: Mail) -> dt.datetime | None:
    """Return when the mail was written, by its own word; None where it does not say."""
    try:
        found = email.utils.parsedate_to_datetime(header(mail, "Date"))
    except (ValueError, IndexError, TypeError):
        return None
    try:
        zoned = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
        return zoned.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def walk(mail: Mail, depth: int = 0) -> Iterator[Mail]:
    """Yield every part, those inside attached mails too, but no deeper than anybody writes."""
    yield mail
    for part in inner(mail) if depth < _DEEPEST else ():
        yield from walk(part, depth + 1)


def own_parts(mail: Mail, depth: int = 0) -> Iterator[Mail]:
    """Yield the parts of this mail itself, without those of a mail attached to it."""
    yield mail
    is_attached = mail.get_content_maintype() == "message" or depth >= _DEEPEST
    for part in () if is_attached else inner(mail):
        yield from own_parts(part, depth + 1)


def inner(part: Mail) -> list[Mail]:
    """Return the parts, blocks or mails that lie directly in a part."""
    payload = part.get_payload()
    found = payload if isinstance(payload, list) else ()
    return [p for p in found if isinstance(p, email.message.Message)]


def text_of(part: Mail) -> str:
    """Return the text of one part, decoded as well as it can be."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    for charset in (_charset(part), "utf-8", "latin-1"):
        try:
            return _shown(payload.decode(charset))[:LONGEST]
        except (LookupError, UnicodeDecodeError):
            continue
    return ""


def _charset(part: Mail) -> str:
    try:
        return str(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeError):
        return "utf-8"


def whole(mail: Mail) -> str:
    """Return all there is below the headers, where the parts of a mail cannot be told apart."""
    payload = mail.get_payload()
    return _shown(payload)[:LONGEST] if isinstance(payload, str) else ""


def body(mail: Mail, *, is_quoted: bool = True) -> str:
    """Return what a reader would see: the plain text, else the HTML without its tags.

    `is_quoted`: with what a mail program set as a quotation in HTML.
    """
    plain = [p for p in own_parts(mail) if _is_shown(p, "text/plain")]
    if found := "\n".join(text_of(p) for p in plain).strip():
        return found
    pages = (text_of(p) for p in own_parts(mail) if _is_shown(p, "text/html"))
    return "\n".join(_without_tags(p, is_quoted=is_quoted) for p in pages).strip()


def _is_shown(part: Mail, kind: str) -> bool:
    is_file = part.get_filename() is not None and part.get_content_disposition() == "attachment"
    return part.get_content_type() == kind and not is_file


def _without_tags(page: str, *, is_quoted: bool) -> str:
    if not is_quoted:
        page = _QUOTE.sub("", page)
    page = _without_hidden(page)
    lines = html.unescape(_TAG.sub("", _BREAK.sub("\n", page))).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def _without_hidden(page: str) -> str:
    """Leave out styles, scripts and comments; one that does not end hides the rest."""
    kept, at = [], 0
    lower = page.lower()
    while match := _HIDDEN.search(page, at):
        kept.append(page[at : match.start()])
        end = "-->" if match[1] == "!--" else f"</{match[1].lower()}"
        found = lower.find(end, match.end())
        if found < 0:
            return "".join(kept)
        at = found + len(end)
    return "".join([*kept, page[at:]])


def _shown(text: str) -> str:
    """Return the text without half characters and control signs, which no database would take."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "\ufffd", text)
