"""A message as it was sent: the bytes that were handed over, their receipts, what travelled along.

It is shown from what is kept, never made anew. Where the bytes were erased, the page says so.
"""

from __future__ import annotations

import email
import email.policy
import zoneinfo
from email.message import EmailMessage

from django.http import Http404, HttpRequest, HttpResponse

from dunwell.desk import folder
from dunwell.web import read, views

_HEAD = (*views._HEAD, "Date")


@views._page
def message(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """Show one message as it was sent, with its head, files and receipts."""
    found = folder.sent(desk.scope, number)
    mail_ = _mail(found)
    zone = zoneinfo.ZoneInfo(found.time_zone)
    attached = [] if mail_ is None else [
        (n, a.get_filename() or "", len(a.get_payload(decode=True) or b""))
        for n, a in views._attached(mail_)
    ]  # fmt: skip
    return views.page(
        request, "sent.html", "Message as sent",
        m=found, number=number, attached=attached, kind=_kind(found),
        head=[(n, str(mail_[n])) for n in _HEAD if mail_[n]] if mail_ is not None else [],
        text=_text(found, mail_), at=found.handed_at and found.handed_at.astimezone(zone),
        receipts=[r | {"at": r["at"].astimezone(zone)} for r in found.receipts],
    )  # fmt: skip


@views._page
def mail(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """Give the page of a mail, from its bytes, to be framed and do nothing."""
    parsed = _mail(folder.sent(desk.scope, number))
    body = parsed.get_body(preferencelist=("html",)) if parsed is not None else None
    if body is None:
        raise Http404
    page = str(body.get_content())
    return views._framed(HttpResponse(page), style=views._styles(page))


@views._page
def letter(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """Give a letter as PDF."""
    found = folder.sent(desk.scope, number)
    if _kind(found) != "pdf":
        raise Http404
    return views._framed(HttpResponse(found.raw, content_type="application/pdf"))


@views._page
def raw(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """Give the bytes that were handed over, to save."""
    found = folder.sent(desk.scope, number)
    if found.raw is None:
        raise Http404
    kind = _kind(found)
    media = {"pdf": "application/pdf", "eml": "message/rfc822"}.get(kind, "text/plain")
    return views._saved(found.raw, media, f"{found.key}.{kind}")


@views._page
def attachment(request: HttpRequest, desk: read.Desk, number: int, n: int) -> HttpResponse:
    """Give a file that travelled with a mail: shown where it is a PDF, else saved."""
    parsed = _mail(folder.sent(desk.scope, number))
    part = dict(views._attached(parsed)).get(n) if parsed is not None else None
    if part is None:
        raise Http404
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    if part.get_content_type() == "application/pdf":
        return views._framed(HttpResponse(content, content_type="application/pdf"))
    return views._saved(content, "application/octet-stream", f"attachment-{n}")


def _kind(found: folder.Sent) -> str:
    """Tell what the bytes are, by themselves: `pdf`, `eml`, `txt`; "" where there are none."""
    if found.raw is None:
        return ""
    if found.raw.startswith(b"%PDF"):
        return "pdf"
    return "eml" if found.channel == "email" else "txt"


def _mail(found: folder.Sent) -> EmailMessage | None:
    if _kind(found) != "eml" or found.raw is None:
        return None
    return email.message_from_bytes(found.raw, policy=email.policy.default)


def _text(found: folder.Sent, mail_: EmailMessage | None) -> str:
    if mail_ is not None:
        part = mail_.get_body(preferencelist=("plain",))
        return str(part.get_content()) if part is not None else ""
    return (found.raw or b"").decode("utf-8", "replace") if _kind(found) == "txt" else ""
