"""Files that customers sent along: saved by a person of ours, and never shown in a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dunwell.desk import upload
from dunwell.web import doing, read, views


@views._page
def of_dispute(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """The file that came with a dispute, under a name of ours."""
    doing.may(request, "dispute")
    found = upload.of_dispute(desk.scope, number)
    response = HttpResponse(found.content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name(number)}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
