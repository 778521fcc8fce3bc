"""Names, addresses and messages: rows of their own, outside the chain, erasable (DATA.md 1.5)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import journal, models
from dunwell.store.rewrite import rewrite

AT_ONCE = 10_000
"""How many subjects one query asks for: SQLite takes 250,000 values at most, a book has more."""
UNSPOKEN = ("customer", "contact", "action")
"""Subjects whose bodies are nobody's words: names and addresses, and messages, whose bytes the
event `sent` commits to already."""


def keep(
    scope: Scope, subject: str, bodies: Mapping[tuple[int, str], bytes], *, at: dt.datetime
) -> set[tuple[int, str]]:
    """Write the bodies that are new or changed, by (subject id, field); return which.

    What was replaced is not kept, so that nobody's old address outlives its use; that it was
    replaced, by whom and when, stands in the journal. The journal also commits to what people
    said or wrote (a note, an answer, a reply), so that it can be proved later (DATA.md 1.5).
    """
    ids = {i for i, _ in bodies}
    have = {
        (p.subject_id, p.field): p
        for p in models.Personal.objects.filter(
            organisation_id=scope.organisation_id, subject=subject, subject_id__in=ids
        )
    }
    fresh: list[models.Personal] = []
    changed: list[models.Personal] = []
    for (subject_id, field), body in bodies.items():
        row = have.get((subject_id, field))
        if row is None:
            fresh.append(
                models.Personal(
                    organisation_id=scope.organisation_id,
                    subject=subject,
                    subject_id=subject_id,
                    field=field,
                    salt=secrets.token_bytes(16),
                    body=body,
                )
            )
        elif row.body is None or bytes(row.body) != body:
            row.body, row.salt = body, secrets.token_bytes(16)
            changed.append(row)
    models.Personal.objects.bulk_create(fresh, batch_size=500)
    rewrite(changed, ["body", "salt"])
    if changed:
        refs = {"subject": subject, "rows": sorted([p.subject_id, p.field] for p in changed)}
        journal.append(scope, "personal_changed", refs=refs, at=at)
    if subject not in UNSPOKEN:
        for p in (*fresh, *changed):
            commitment = journal.commit_to(bytes(p.salt or b""), bytes(p.body or b""))
            place = {"subject": subject, "id": p.subject_id, "field": p.field}
            journal.append(scope, "words_kept", refs=place, at=at, commitment=commitment)
    return {(p.subject_id, p.field) for p in (*fresh, *changed)}


def read(
    scope: Scope, subject: str, ids: Iterable[int], *, fields: Iterable[str] = ()
) -> dict[tuple[int, str], str]:
    """Return what is kept about the subjects, by (subject id, field); erased ones are absent."""
    rows = models.Personal.objects.filter(organisation_id=scope.organisation_id, subject=subject)
    if fields:
        rows = rows.filter(field__in=list(fields))
    wanted = list(ids)
    return {
        (i, f): bytes(b).decode("utf-8", "replace")
        for start in range(0, len(wanted), AT_ONCE)
        for i, f, b in rows.filter(subject_id__in=wanted[start : start + AT_ONCE]).values_list(
            "subject_id", "field", "body"
        )
        if b is not None
    }


def read_all(scope: Scope, subject: str, field: str) -> dict[int, str]:
    """Return one field of every subject of a kind, by subject id; erased ones are absent."""
    rows = models.Personal.objects.filter(
        organisation_id=scope.organisation_id, subject=subject, field=field, body__isnull=False
    )
    return {
        i: bytes(b or b"").decode("utf-8", "replace")
        for i, b in rows.values_list("subject_id", "body").iterator(AT_ONCE)
    }


def read_bytes(
    scope: Scope, subject: str, ids: Iterable[int]
) -> dict[tuple[int, str], tuple[bytes, bytes] | None]:
    """Return salt and body of all that is kept about subjects; None where it was erased."""
    rows = models.Personal.objects.filter(
        organisation_id=scope.organisation_id, subject=subject, subject_id__in=list(ids)
    )
    return {
        (i, f): None if b is None else (bytes(s or b""), bytes(b))
        for i, f, s, b in rows.order_by("subject_id", "field").values_list(
            "subject_id", "field", "salt", "body"
        )
    }


def subjects(scope: Scope, subject: str, field: str) -> set[int]:
    """Return the subjects of whom a field is kept, and was not erased."""
    rows = models.Personal.objects.filter(
        organisation_id=scope.organisation_id, subject=subject, field=field, body__isnull=False
    )
    return set(rows.values_list("subject_id", flat=True))


def erase(scope: Scope, subject: str, subject_id: int, *, at: dt.datetime) -> int:
    """Delete salt and body of all that is kept about one subject; return how many fields.

    Inside the caller's transaction; the journal keeps that it was erased, and still verifies.
    Raises: Refused when a legal hold stands on any of it.
    """
    rows = models.Personal.objects.filter(
        organisation_id=scope.organisation_id, subject=subject, subject_id=subject_id
    )
    held = rows.exclude(legal_hold="").first()
    if held is not None:
        raise Refused("legal_hold", f"not erased: legal hold ({held.legal_hold})")
    fields = sorted(rows.exclude(body=None).values_list("field", flat=True))
    if fields:
        rows.update(salt=None, body=None)
        refs = {"subject": subject, "id": subject_id, "fields": fields}
        journal.append(scope, "erased", refs=refs, at=at)
    return len(fields)
