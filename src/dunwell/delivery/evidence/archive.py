"""The archive of an evidence file: what the document rests on, so that anybody can check it.

Pure: values in, bytes out, and the same values give the same bytes. What stands in each file
is told in docs/reference/casework/evidence.md; `verify.py` beside this is shipped as it is.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import textwrap
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dunwell.core import cells
from dunwell.delivery.evidence import page
from dunwell.delivery.evidence.case import Evidence
from dunwell.delivery.words import compiled

HERE = Path(__file__).parent
FORMAT = "dunwell-evidence/1"
_AT = (1980, 1, 1, 0, 0, 0)
"""When every file in the archive claims to be made: times are in what they say."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The journal's part: lines as they are hashed, by seal and by event; salts and texts.

    `decisions` are digests, or number, salt, body and facts; `texts` subject, number, field,
    salt and body; `files` what the customer sent along, by name in the archive.
    """

    seals: tuple[bytes, ...]
    events: Mapping[int, Sequence[bytes]]
    decisions: Mapping[int, Sequence[str | tuple[int, str, bytes, bytes]]]
    texts: Sequence[tuple[str, int, str, bytes, bytes]]
    receipts: Sequence[dict[str, Any]]
    files: Mapping[str, bytes] = {}


def files(case: Evidence, proof: Proof) -> dict[str, bytes]:
    """Return every file of the archive by name, the manifest last."""
    found = {
        "evidence.pdf": page.pdf(case),
        "statement.csv": _sheet(case),
        "chronology.json": _json(_chronology(case)),
        "receipts.json": _json(proof.receipts),
        "seals.jsonl": b"".join(proof.seals),
        "personal.jsonl": _lines(_text(*row) for row in proof.texts),
        "verify.py": (HERE / "verify.py").read_bytes(),
    }
    found |= {x.file: x.raw for x in case.exhibits if x.raw}
    found |= proof.files
    found |= {f"events/{n}.jsonl": b"".join(lines) for n, lines in proof.events.items()}
    found |= {
        f"decisions/{n}.jsonl": _lines(map(_decision, rows)) for n, rows in proof.decisions.items()
    }
    found["README.txt"] = _readme(case, proof).encode()
    named = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(found.items())}
    found["manifest.json"] = _json({"format": FORMAT, "head": case.head, "files": named})
    return found


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the files as one ZIP archive; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=_AT)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name])
    return out.getvalue()


def _sheet(case: Evidence) -> bytes:
    out = io.StringIO()
    book = csv.writer(out, lineterminator="\n")
    for row in page.statement_rows(case):
        book.writerow([cells.safe_cell(c) for c in row])
    return out.getvalue().encode()


def _chronology(case: Evidence) -> dict[str, Any]:
    about = {
        "organisation": case.organisation, "entity": case.entity, "customer": case.customer,
        "name": case.name, "as_of": case.as_of, "made_at": case.made_at, "made_by": case.made_by,
        "owed": [{"currency": t.currency, "owed_minor": t.owed_minor,
                  "overdue_minor": t.overdue_minor} for t in case.totals],
        "erased": case.erased,
    }  # fmt: skip
    return {"about": about, "entries": case.entries}


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _lines(rows: Any) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def _decision(row: str | tuple[int, str, bytes, bytes]) -> Any:
    if isinstance(row, str):
        return row
    number, salt, body, facts = row
    return [number, salt, _base64(body), _base64(facts)]


def _text(subject: str, number: int, field: str, salt: bytes, body: bytes) -> dict[str, Any]:
    return {
        "subject": subject, "id": number, "field": field, "salt": salt.hex(),
        "body": _base64(body), "commitment": hashlib.sha256(salt + body).hexdigest(),
    }  # fmt: skip


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _readme(case: Evidence, proof: Proof) -> str:
    """Fill the instructions with examples that can be typed as they stand."""
    phrases = page.load_words().phrases
    source = (HERE / "README.en.txt").read_text("utf-8")
    message = next((x for x in case.exhibits if x.raw), None)
    proofs = [textwrap.fill(p, 90, subsequent_indent="  ") for p in phrases["proof"]]
    return compiled(source).render(
        about=compiled(phrases["cover"]["about"]).render(
            debtor=case.name or case.customer, creditor=case.sender.entity_name
        ),
        as_of=case.as_of.isoformat(),
        made_at=case.made_at.isoformat(timespec="seconds"),
        made_by=case.made_by,
        head=case.head,
        event=_example(proof),
        message=message and {"file": message.file, "sha256": message.sha256},
        lines=(HERE / "verify.py").read_text("utf-8").count("\n"),
        proof=proofs,
    )


def _example(proof: Proof) -> dict[str, Any] | None:
    """Return the last event that is shown, with the place of its line."""
    for seal in sorted(proof.events, reverse=True):
        for n, line in enumerate(proof.events[seal], start=1):
            row = json.loads(line)
            if isinstance(row, list):
                return {
                    "id": row[0], "verb": row[3], "line": n, "file": f"events/{seal}.jsonl",
                    "digest": hashlib.sha256(line).hexdigest(),
                }  # fmt: skip
    return None
