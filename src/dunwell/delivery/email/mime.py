"""A mail as bytes: text, HTML and attachments, the same data always giving the same bytes.

Written out by hand because `email.message.EmailMessage` takes longer to build and flatten a
mail than the server takes to accept it; tests/edges/test_email.py reads every mail back with
the standard library's parser.
"""

from __future__ import annotations

import binascii
import datetime as dt
import email.header
import email.utils
import re
from collections.abc import Sequence

from dunwell.core import message
from dunwell.delivery.words import one_line

_NAME_CHARS = 120
_NOT_IN_HEADER = re.compile(r"[\s<>\x00-\x20\x7f]+")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]")


def mail(
    data: message.MessageData,
    *,
    subject: str,
    text: str,
    page: str,
    language: str,
    attachments: Sequence[message.Attachment],
    sent_at: dt.datetime,
) -> bytes:
    """Return the complete RFC 5322 message."""
    key = _NOT_IN_ID.sub("-", data.key)
    body = _multipart("alternative", f"=_{key[:50]}_a", [_text("plain", text), _text("html", page)])
    if attachments:
        body = _multipart("mixed", f"=_{key[:50]}_m", [body, *map(_attachment, attachments)])
    return _headers(data, subject, language, sent_at, key) + body


def address(given: str) -> str:
    """Return an address as it stands in headers and on the wire: its domain in ASCII.

    >>> address("ar@bäckerei.example")
    'ar@xn--bckerei-5wa.example'
    """
    local, at, domain = _NOT_IN_HEADER.sub("", given).rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return f"{local}{at}{domain}"


def _headers(
    data: message.MessageData, subject: str, language: str, sent_at: dt.datetime, key: str
) -> bytes:
    sender, recipient = data.sender, data.recipient
    domain = _NOT_IN_ID.sub("-", address(sender.email).rpartition("@")[2]) or "dunwell.invalid"
    lines = [
        f"From: {_mailbox('From', sender.entity_name, sender.email)}",
        f"To: {_mailbox('To', recipient.contact_name, recipient.email)}",
        f"Subject: {_words('Subject', subject)}",
        f"Date: {email.utils.format_datetime(sent_at)}",
        f"Message-ID: <{key}@{domain}>",
        f"Content-Language: {language}",
        "Auto-Submitted: auto-generated",
        f"X-Dunwell-Key: {key}",
    ]
    if data.reply_to:
        lines.append(f"Reply-To: {address(data.reply_to)}")
    if data.is_urgent:
        lines += ["Importance: high", "X-Priority: 2"]
    if data.read_receipt:
        lines.append(f"Disposition-Notification-To: {address(data.reply_to or sender.email)}")
    lines.append("MIME-Version: 1.0\r\n")
    return "\r\n".join(lines).encode()


def _mailbox(header: str, name: str, given: str) -> str:
    name = one_line(name)[:_NAME_CHARS]
    if not name:
        return address(given)
    if name.isascii():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"\r\n <{address(given)}>'
    return f"{_words(header, name)}\r\n <{address(given)}>"


def _words(header: str, words: str) -> str:
    """Return words folded to lines, as RFC 2047 where they are not ASCII."""
    words = one_line(words)
    if words.isascii() and len(header) + 2 + len(words) < 77:
        return words
    charset = "us-ascii" if words.isascii() else "utf-8"
    return email.header.Header(
        words, charset, maxlinelen=76, header_name=header
    ).encode(linesep="\r\n")  # fmt: skip


def _text(subtype: str, words: str) -> bytes:
    encoded = binascii.b2a_qp(words.encode("utf-8", "replace"), istext=True)
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode() + encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _attachment(file: message.Attachment) -> bytes:
    lines = re.findall(b".{1,76}", binascii.b2a_base64(file.content, newline=False))
    if file.filename.isascii():
        name = f'filename="{re.sub(r"[^A-Za-z0-9._-]", "-", file.filename)}"'
    else:
        name = f"filename*={email.utils.encode_rfc2231(file.filename, 'utf-8')}"
    return (
        (
            f"Content-Type: {file.media_type}\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            f"Content-Disposition: attachment; {name}\r\n\r\n"
        ).encode()
        + b"\r\n".join(lines)
        + b"\r\n"
    )


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    # "=_" stands neither in quoted-printable nor in base64, so no part can hold the boundary.
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in parts)
    return head + body + b"--%b--\r\n" % boundary.encode()
