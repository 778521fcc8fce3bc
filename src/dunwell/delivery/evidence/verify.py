"""Check an evidence file made by Dunwell: python3 verify.py [FOLDER or ZIP] [HEAD]

Needs nothing but Python 3.9 or newer. Without FOLDER it checks the folder it stands in. HEAD is
a head of the chain that you had earlier (printed, mailed): the file must lead through it.

It recomputes, in this order, and names the first thing that does not fit:
  1. every file is the one that manifest.json names, and there is no other;
  2. the chain of seals, and under it the digests of the events;
  3. every message is the one whose sending the journal holds;
  4. every text that people wrote is the one the journal commits to, or was erased;
  5. every decision is one of those that the journal commits to;
  6. what chronology.json and receipts.json say of the journal is what it holds.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any


class Problem(Exception):
    """The first thing that does not fit."""


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def check(files: dict[str, bytes], head: str = "") -> list[str]:
    """Check a whole evidence file; return what was found, in sentences.

    Raises: Problem with the first thing that does not fit.
    """
    try:
        return _check(files, head)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Problem(f"a file does not have the form it should have: {error!r}") from None


def _check(files: dict[str, bytes], head: str) -> list[str]:
    said = [_manifest(files)]
    seals, line = _seals(files, head)
    events = _events(files, seals)
    erased = {
        (e["refs"]["subject"], e["refs"]["id"]) for e in events.values() if e["verb"] == "erased"
    }
    others = sum(s["shown"] for s in seals.values()) - len(events)
    said += [
        line,
        f"{len(events)} events about this customer under it, {others} of others shown as digests",
        _messages(files, events, erased),
        _texts(files, events, erased),
        _decisions(files, events),
        _stories(files, events),
    ]
    return said


def _manifest(files: dict[str, bytes]) -> str:
    """Compare every file with the manifest."""
    named = _json(files, "manifest.json").get("files", {})
    for name in sorted(set(named) | set(files) - {"manifest.json"}):
        if name not in files:
            raise Problem(f"{name} is missing")
        if name not in named:
            raise Problem(f"{name} does not belong to this file: the manifest does not name it")
        if sha256(files[name]) != named[name]:
            raise Problem(f"{name} was changed: it is not the file the manifest names")
    whole = sha256(files["manifest.json"])
    return f"{len(named)} files, each as the manifest names it; the manifest is {whole}"


def _seals(files: dict[str, bytes], head: str) -> tuple[dict[int, dict[str, Any]], str]:
    """Follow the chain: each seal's line holds the hash of the line before."""
    seals: dict[int, dict[str, Any]] = {}
    prev, after, when = "", 0, ""
    hashes = set()
    for line in files.get("seals.jsonl", b"").splitlines(keepends=True):
        try:
            was, n, upto, count, when, root = json.loads(line)
        except (TypeError, ValueError):
            raise Problem(f"seals.jsonl: the line after seal {len(seals)} is no seal") from None
        if (was, n) != (prev, len(seals) + 1) or upto < after:
            raise Problem(f"seals.jsonl: seal {n} does not follow the seal before it")
        seals[n] = {"count": count, "root": root, "after": after, "upto": upto, "shown": 0}
        prev, after = sha256(line), upto
        hashes.add(prev)
    if not seals:
        raise Problem("seals.jsonl holds no seal")
    if head and head not in hashes:
        raise Problem(f"no seal of this chain has the hash {head}")
    return seals, f"{len(seals)} seals in one chain; its head of {when} is {prev}"


def _events(files: dict[str, bytes], seals: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Recompute the root of every seal whose events are here, and read those that are shown."""
    events: dict[int, dict[str, Any]] = {}
    for name in sorted(n for n in files if n.startswith("events/")):
        number = name[len("events/") : -len(".jsonl")]
        seal = seals.get(int(number)) if number.isdigit() else None
        if seal is None:
            raise Problem(f"{name}: there is no such seal")
        digests, last = [], seal["after"]
        for line in files[name].splitlines(keepends=True):
            row = _event(name, line)
            if isinstance(row, str):
                digests.append(row)
                continue
            if not last < row["id"] <= seal["upto"]:
                raise Problem(f"{name}: event {row['id']} does not stand in its place")
            last = row["id"]
            events[last] = row
            digests.append(sha256(line))
        if len(digests) != seal["count"]:
            raise Problem(f"{name}: {len(digests)} events, sealed were {seal['count']}")
        if sha256("".join(f"{d}\n" for d in digests).encode()) != seal["root"]:
            raise Problem(f"{name}: an event in it is not the one that was sealed")
        seal["shown"] = len(digests)
    return events


def _event(name: str, line: bytes) -> Any:
    """Return what a line of events/ is: a digest as text, or an event."""
    try:
        row = json.loads(line)
        if isinstance(row, str):
            return row
        number, at, actor, verb, refs, commitment, _salt = row
        refs = json.loads(refs)
    except (TypeError, ValueError):
        raise Problem(f"{name}: a line is no event") from None
    return {"id": number, "at": at, "actor": actor, "verb": verb, "refs": refs,
            "commitment": commitment}  # fmt: skip


def _messages(
    files: dict[str, bytes], events: dict[int, dict[str, Any]], erased: set[tuple[str, int]]
) -> str:
    """Compare every message with the event of its sending; none may be missing unless erased."""
    named = {r["file"]: r["key"] for r in _json(files, "receipts.json") if r["file"]}
    here = [n for n in files if n.startswith("messages/")]
    for name in sorted(here):
        if name not in named:
            raise Problem(f"{name}: receipts.json does not name it")
    checked = gone = 0
    for event in events.values():
        refs, number = event["refs"], event["id"]
        if event["verb"] != "sent" or not refs.get("sha256"):
            continue  # a call: nothing was handed over
        mine = [n for n in here if named[n] == refs["key"]]
        if mine:
            if sha256(files[mine[0]]) != refs["sha256"]:
                raise Problem(f"{mine[0]} is not what was sent (event {number})")
            checked += 1
        elif ("action", refs["action"]) in erased:
            gone += 1
        else:
            raise Problem(f"the message of event {number} (key {refs['key']}) is missing")
    said = f"{checked} messages are the ones that were sent"
    if gone:
        said += f", {gone} erased since"
    if len(here) > checked:
        said += f", {len(here) - checked} more were made, and no hash of them is in the journal"
    return said


def _texts(
    files: dict[str, bytes], events: dict[int, dict[str, Any]], erased: set[tuple[str, int]]
) -> str:
    """Compare every text that people wrote with its commitment, and each commitment with a text."""
    kept = set()
    for row in _rows(files, "personal.jsonl"):
        commitment = sha256(bytes.fromhex(row["salt"]) + base64.b64decode(row["body"]))
        if commitment != row["commitment"]:
            what = f"the {row['field']} of {row['subject']} {row['id']}"
            raise Problem(f"personal.jsonl: {what} is not what its commitment is of")
        kept.add(commitment)
    by_place: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for event in events.values():
        if event["commitment"]:
            place = tuple(event["refs"].get(k) for k in ("subject", "id", "field"))
            by_place.setdefault(place, []).append(event)
    gone = replaced = 0
    for (subject, number, _), told in by_place.items():
        for event in told:
            if event["commitment"] in kept:
                continue
            if event is not told[-1]:
                replaced += 1  # a later event commits to another text in its place
            elif (subject, number) in erased:
                gone += 1
            else:
                raise Problem(f"the text that event {event['id']} commits to is missing")
    proved = kept & {e["commitment"] for e in events.values()}
    said = f"{len(proved)} texts are the ones the journal commits to"
    if gone:
        said += f", {gone} erased since"
    if replaced:
        said += f", {replaced} replaced since"
    if kept - proved:
        said += f"; {len(kept - proved)} more have no commitment"
    return said


def _decisions(files: dict[str, bytes], events: dict[int, dict[str, Any]]) -> str:
    """Recompute what each event `decided` commits to, from digests and this customer's own."""
    own = 0
    for event in events.values():
        if event["verb"] != "decided":
            continue
        name = f"decisions/{event['id']}.jsonl"
        digests = []
        for row in _rows(files, name):
            if isinstance(row, str):
                digests.append(row)
                continue
            _number, salt, body, facts = row
            data = salt.encode() + base64.b64decode(body) + base64.b64decode(facts)
            digests.append(sha256(data))
            own += 1
        if sha256("".join(f"{d}\n" for d in digests).encode()) != event["refs"]["sha256"]:
            raise Problem(
                f"{name}: a decision in it is not one that event {event['id']} commits to"
            )
    return f"{own} decisions are the ones the journal commits to"


def _stories(files: dict[str, bytes], events: dict[int, dict[str, Any]]) -> str:
    """Compare what the chronology and the receipts say of the journal with what it holds."""
    entries = _json(files, "chronology.json")["entries"]
    for n, entry in enumerate(entries, start=1):
        for number in entry["events"]:
            if number not in events:
                raise Problem(f"chronology.json: entry {n} rests on event {number}, not here")
    sent = {
        e["refs"]["key"]: e["refs"].get("sha256") for e in events.values() if e["verb"] == "sent"
    }
    for row in _json(files, "receipts.json"):
        said = {r["message_sha256"] for r in row["receipts"] if r["message_sha256"]}
        if sent.get(row["key"]) and said - {sent[row["key"]]}:
            raise Problem(f"receipts.json: the receipt of {row['key']} is of another message")
    resting = sum(bool(e["events"]) for e in entries)
    return f"{resting} of {len(entries)} entries of the chronology rest on events that are here"


def _json(files: dict[str, bytes], name: str) -> Any:
    """Return the JSON value of a file."""
    try:
        return json.loads(files[name])
    except (KeyError, ValueError):
        raise Problem(f"{name} is missing or is no JSON") from None


def _rows(files: dict[str, bytes], name: str) -> list[Any]:
    """Return the JSON values of a file, one a line."""
    try:
        return [json.loads(line) for line in files.get(name, b"").splitlines()]
    except ValueError:
        raise Problem(f"{name} is no JSON, one value a line") from None


def load(path: Path) -> dict[str, bytes]:
    """Read all files of a folder or a ZIP archive.

    Raises: Problem where it cannot be read, or holds two files of one name.
    """
    if path.is_dir():
        here = {p.relative_to(path).as_posix(): p for p in path.rglob("*") if p.is_file()}
        return {n: p.read_bytes() for n, p in here.items() if "__pycache__" not in n}
    try:
        with zipfile.ZipFile(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir()]
            if len(set(names)) != len(names):
                raise Problem(f"two files in {path.name} have one name")
            return {n: archive.read(n) for n in names}
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise Problem(f"{path} cannot be read: {error}") from None


def main(words: list[str]) -> int:
    """Check what is named, print what was found, and return 0 if everything fits."""
    where = Path(words[0]) if words else Path(__file__).parent
    try:
        for line in check(load(where), words[1] if len(words) > 1 else ""):
            print(line)
    except Problem as problem:
        print(f"DOES NOT FIT: {problem}")
        return 1
    print("OK")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
