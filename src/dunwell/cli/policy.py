"""Policies: check a file, compare two, see what a change would send, publish; tell stories.

A policy is named by its file; or by name, which is the newest version published here, else the
built-in one; or as NAME@N, which is version N published here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dunwell import policies
from dunwell.cli import door, show
from dunwell.core import money
from dunwell.core import policy as documents
from dunwell.core.complaints import Complaint
from dunwell.core.errors import Refused

if TYPE_CHECKING:
    from dunwell.core import lint as linter
    from dunwell.desk.publish import Preview
    from dunwell.sim.story import Told

FILE = click.Path(exists=True, path_type=Path)
SEVERITIES = ("error", "warning", "note")


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def policy() -> None:
        """The written rules: check, compare, preview, publish, and test them with stories."""

    _read_only(policy)
    _published(policy)
    _stories(main, policy)


def _read_only(policy: click.Group) -> None:
    """Add what needs no data folder."""

    @door.command(policy, "lint")
    @click.argument("sources", nargs=-1, required=True, metavar="FILE…")
    @click.option(
        "--gap-days",
        type=click.IntRange(1),
        metavar="N",
        help="how long a silence is too long; by default 31",
    )
    @click.option("--strict", is_flag=True, help="warnings count as errors")
    @show.format_option()
    def lint(at: door.Door, **values: Any) -> int:
        """Say what is wrong or doubtful in policies, with file and line.

        Exit code 4 if there is an error, or with --strict a warning.
        """
        return _lint(at, **values)

    @door.command(policy, "diff")
    @click.argument("before", metavar="A")
    @click.argument("after", metavar="B")
    @show.format_option()
    def diff(at: door.Door, *, before: str, after: str, shape: str) -> None:
        """Say in words what B does otherwise than A: files, names, or NAME@VERSION."""
        _diff(at, before, after, shape)

    @door.command(policy, "show")
    @click.argument("name")
    @click.option(
        "--format",
        "shape",
        type=click.Choice(["yaml", "json"]),
        default="yaml",
        show_default=True,
        help="how to print it",
    )
    def show_(at: door.Door, *, name: str, shape: str) -> None:
        """Print a policy, built in or published, as a file to copy and change."""
        _show(at, name, shape)

    @door.command(policy, "schema")
    def schema(at: door.Door) -> None:
        """Print the JSON Schema of a policy file, for editors."""
        click.echo(policies.schema_text(), nl=False)


def _published(policy: click.Group) -> None:
    """Add what concerns the policies in use."""

    @door.command(policy, "list")
    @show.format_option()
    def list_(at: door.Door, *, shape: str) -> None:
        """List the published versions, who walks them, and since when."""
        _list(at, shape)

    @door.command(policy, "preview")
    @click.argument("source", metavar="FILE")
    @show.format_option()
    @door.as_of_option()
    def preview(at: door.Door, *, source: str, shape: str, as_of: dt.date | None) -> int:
        """Show what a day would send if FILE were published: counts, and every case that differs.

        Writes nothing.
        """
        return _preview(at, source, shape, as_of)

    @door.command(policy, "publish")
    @click.argument("source", metavar="FILE")
    @click.option("--no-move", is_flag=True, help="running cases keep the version they walk")
    @show.format_option()
    def publish(at: door.Door, *, source: str, no_move: bool, shape: str) -> int:
        """Publish FILE as the next version of its policy; running cases move to it.

        First says what is doubtful, what is otherwise than before, and what today's run would
        send. A policy with an error is not published. Published versions never change.
        """
        return _publish(at, source, shape, moves=not no_move)

    @door.command(policy, "assign")
    @click.argument("entity")
    @click.argument("name")
    def assign(at: door.Door, *, entity: str, name: str) -> None:
        """Let ENTITY walk the published policy NAME; its running cases move to it."""
        _desk(at).assign(at.scope, entity, name, now=at.now)
        at.seal()
        show.say(f"entity {entity} walks policy {name}")


def _stories(main: click.Group, policy: click.Group) -> None:
    @door.command(policy, "test")
    @click.argument("paths", nargs=-1, required=True, type=FILE, metavar="STORY…")
    @click.option(
        "--policy",
        "name",
        metavar="FILE",
        help="the policy under test; else the one each story names",
    )
    @show.format_option()
    def test(at: door.Door, *, paths: tuple[Path, ...], name: str | None, shape: str) -> int:
        """Tell stories under a policy: files, or folders of *.story files."""
        return _tell(at, paths, name, shape)

    @door.command(main, "story")
    @click.argument("paths", nargs=-1, required=True, type=FILE, metavar="FILE…")
    @show.format_option()
    def story(at: door.Door, *, paths: tuple[Path, ...], shape: str) -> int:
        """Tell stories, each under the policy it names: a calendar and what must happen."""
        return _tell(at, paths, None, shape)


# --- reading ----------------------------------------------------------------------------------


def _source(at: door.Door, name: str) -> policies.Source:
    """Return a policy by file, by name, or by NAME@VERSION.

    Raises: Refused for a name that is neither.
    """
    path = Path(name)
    if path.is_file():
        try:
            return policies.load(path.read_text("utf-8"), file=name)
        except UnicodeDecodeError:
            raise Refused("not_text", f"{name} is not text in UTF-8; is it a policy?") from None
    plain, _, version = name.partition("@")
    found = _versions(at, plain)
    if version:
        if not version.isdecimal() or not 0 < int(version) <= len(found):
            there = f"there are {plain}@1 to {plain}@{len(found)}" if found else "none is published"
            raise Refused("unknown_policy", f"no {name}; {there}")
        return _of(name, found[int(version) - 1])
    if found:
        return _of(name, found[-1])
    if name in policies.BUILT_IN:
        return policies.load(policies.built_in_text(name), file=name)
    raise Refused(
        "unknown_policy",
        f"no file and no policy {name!r}; built in are {', '.join(policies.BUILT_IN)}",
    )


def _of(name: str, document: documents.Document) -> policies.Source:
    """Return a published document as it would stand in a file, in the words of its built-in."""
    built_in = document.policy
    if built_in in policies.BUILT_IN and policies.built_in(built_in) == document:
        return policies.load(policies.built_in_text(built_in), file=name)
    return policies.load(policies.text_of(document), file=name)


def _versions(at: door.Door, name: str) -> list[documents.Document]:
    """Return the versions published here, the oldest first; none without a data folder."""
    try:
        desk = _desk(at)
    except Refused:  # nothing is set up here: only the built-in policies have names
        return []
    found: list[documents.Document] = desk.documents(at.scope, name)
    return found


def _desk(at: door.Door) -> Any:
    """Open the data folder and return the desk's verbs for policies, which need it open.

    Raises: Refused when nothing is set up.
    """
    at.open()
    from dunwell.desk import publish as desk

    return desk


def _whole(source: policies.Source) -> documents.Document:
    """Return a policy with what it includes.

    Raises: Refused for an `include` that is not built in, or a cadence that is then missing.
    """
    import pydantic

    assert source.document is not None
    try:
        return policies.whole(source.document)
    except KeyError as error:
        raise Refused("unknown_include", f"{source.file}: no built-in policy {error}") from None
    except pydantic.ValidationError as error:
        said = error.errors()[0]["ctx"]
        raise Refused(
            "bad_policy", f"{source.file}: found {said['found']}; want {said['want']}"
        ) from None


def _complain(found: Sequence[Complaint]) -> int:
    """Say what cannot be read; return the exit code."""
    for complaint in found:
        show.say(str(complaint))
    return door.COMPLAINTS


# --- lint, diff, show -------------------------------------------------------------------------


def _lint(
    at: door.Door, *, sources: tuple[str, ...], gap_days: int | None, strict: bool, shape: str
) -> int:
    from dunwell.desk import proofread

    rows: list[dict[str, Any]] = []
    for name in sources:
        source = _source(at, name)
        rows += [_unreadable(c) for c in source.complaints]
        if source.document is not None:
            found = proofread.run(source.document, gap_days=gap_days)
            rows += [_finding(source, f) for f in found]
    _print_findings(rows, shape)
    counts = {s: sum(r["severity"] == s for r in rows) for s in SEVERITIES}
    if shape == "table":
        words = ", ".join(f"{n} {s}{'' if n == 1 else 's'}" for s, n in counts.items() if n)
        show.say(f"{len(sources)} checked: {words or 'nothing to say'}")
    is_bad = counts["error"] or (strict and counts["warning"])
    return door.COMPLAINTS if is_bad else 0


def _unreadable(complaint: Complaint) -> dict[str, Any]:
    return {
        "file": complaint.file, "line": complaint.line, "severity": "error", "code": "unreadable",
        "place": complaint.column or "", "found": complaint.found, "want": complaint.want,
    }  # fmt: skip


def _finding(source: policies.Source, finding: linter.Finding) -> dict[str, Any]:
    return {
        "file": source.file, "line": source.line(finding.path), "severity": finding.severity,
        "code": finding.code, "place": policies.place_text(finding.path),
        "found": finding.found, "want": finding.want,
    }  # fmt: skip


def _print_findings(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
    elif shape == "csv":
        heading = ["file", "line", "severity", "code", "place", "found", "want"]
        show.as_csv(heading, [[r[h] for h in heading] for r in rows])
    else:
        for r in rows:
            click.echo(_said(r))


def _said(r: dict[str, Any]) -> str:
    """Say a finding in one line, as editors and compilers do."""
    return (
        f"{r['file']}:{r['line']}: {r['severity']}: {r['found']}; want {r['want']}  [{r['code']}]"
    )


def _diff(at: door.Door, before: str, after: str, shape: str) -> None:
    from dunwell.core import changes

    old, new = (_source(at, name) for name in (before, after))
    complaints = [*old.complaints, *new.complaints]
    if complaints:
        raise SystemExit(_complain(complaints))
    found = changes.changes(_whole(old), _whole(new))
    rows = [(policies.place_text(c.place), c.text) for c in found]
    if shape == "json":
        show.as_json([{"place": place, "text": text} for place, text in rows])
    elif shape == "csv":
        show.as_csv(["place", "text"], rows)
    else:
        for _, text in rows:
            click.echo(text)
        if not rows:
            show.say(f"{after} does nothing otherwise than {before}")


def _show(at: door.Door, name: str, shape: str) -> None:
    source = _source(at, name)
    if source.document is None:
        raise SystemExit(_complain(source.complaints))
    if shape == "json":
        show.as_json(_whole(source).model_dump(mode="json"))
    elif source.document.policy in policies.BUILT_IN and (
        policies.built_in(source.document.policy) == _whole(source)
    ):
        click.echo(policies.built_in_text(source.document.policy), nl=False)
    else:
        click.echo(policies.text_of(source.document), nl=False)


# --- list, preview, publish -------------------------------------------------------------------


def _list(at: door.Door, shape: str) -> None:
    rows = _desk(at).listed(at.scope)
    if shape == "json":
        show.as_json(rows)
        return
    heading = ["policy", "version", "published", "by", "running cases", "entities", "open cases"]
    lines = [
        [r["policy"], r["version"], r["published_at"].date(), r["by"],
         "move" if r["moves"] else "keep theirs", ", ".join(r["entities"]), r["cases"]]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, lines)
    else:
        show.as_table(heading, lines, title="Policies", right=[1, 6])


def _preview(at: door.Door, name: str, shape: str, as_of: dt.date | None) -> int:
    source = _source(at, name)
    if source.document is None:
        return _complain(source.complaints)
    _whole(source)
    found: Preview = _desk(at).preview(at.scope, source.document, as_of=at.day(as_of))
    if shape == "json":
        show.as_json(_preview_shape(found))
        return 0
    heading = ["customer", "entity", "now", "then", "amount now", "amount then"]
    rows = [
        [c.customer, c.entity, c.now, c.then, _money(c.amounts_now), _money(c.amounts_then)]
        for c in found.changed
    ]
    if shape == "csv":
        show.as_csv(heading, rows)
        return 0
    show.as_table(
        ["", "what", "now", "then", "more"],
        [[t.verdict, t.what, t.now, t.then, f"{t.then - t.now:+}" if t.then != t.now else ""]
         for t in found.tallies],
        title=f"{found.as_of}, entities {', '.join(found.entities)}", right=[2, 3, 4],
    )  # fmt: skip
    if rows:
        show.as_table(heading, rows, title="Cases that fare otherwise", right=[4, 5])
    _say_preview(found)
    return 0


def _say_preview(found: Preview) -> None:
    show.say(found.sentence)
    if not found.is_walked:
        show.say(f"no entity walks {found.policy} yet: shown as if all did")
    if found.gate:
        show.say(f"nothing is sent that day: {found.gate}")


def _preview_shape(found: Preview) -> dict[str, Any]:
    counts: dict[str, dict[str, dict[str, int]]] = {"act": {}, "ask": {}, "wait": {}}
    for t in found.tallies:
        counts[t.verdict][t.what] = {"now": t.now, "then": t.then}
    return {
        "as_of": found.as_of, "policy": found.policy, "entities": found.entities,
        "is_walked": found.is_walked, "gate": found.gate, "sentence": found.sentence,
        "counts": {"acts": counts["act"], "asks": counts["ask"], "waits": counts["wait"]},
        "cases": [
            {
                "customer": c.customer, "entity": c.entity, "now": c.now, "then": c.then,
                "amounts_now": _amounts(c.amounts_now), "amounts_then": _amounts(c.amounts_then),
            }
            for c in found.changed
        ],
    }  # fmt: skip


def _amounts(amounts: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"currency": c, "amount_minor": m} for c, m in amounts]


def _money(amounts: Sequence[tuple[str, int]]) -> str:
    return " + ".join(money.text(m, c) for c, m in amounts)


def _publish(at: door.Door, name: str, shape: str, *, moves: bool) -> int:
    from dunwell.core import changes
    from dunwell.desk import proofread

    source = _source(at, name)
    if source.document is None:
        return _complain(source.complaints)
    desk, document = _desk(at), source.document
    earlier = desk.documents(at.scope, document.policy)
    findings = proofread.run(document, earlier=earlier, staff=desk.staff(at.scope))
    for finding in findings:
        show.say(_said(_finding(source, finding)))
    errors = sum(f.severity == "error" for f in findings)
    if errors:
        show.say(f"not published: {errors} error{'' if errors == 1 else 's'}")
        return door.COMPLAINTS
    whole = _whole(source)
    said = [c.text for c in changes.changes(earlier[-1], whole)] if earlier else []
    for text in said:
        show.say(f"  {text}")
    seen = desk.preview(at.scope, document, as_of=at.today) if moves and earlier else None
    if seen is not None and seen.is_walked:
        _say_preview(seen)
    text = Path(name).read_text("utf-8") if Path(name).is_file() else ""
    version = desk.publish(at.scope, document, now=at.now, moves=moves, source=text)
    at.seal()
    is_new = version > len(earlier)
    if shape == "json":
        show.as_json({
            "policy": document.policy, "version": version, "is_new": is_new, "moves": moves,
            "changes": said, "findings": [_finding(source, f) for f in findings],
            "preview": _preview_shape(seen) if seen is not None else None,
        })  # fmt: skip
    elif not is_new:
        show.say(f"policy {document.policy} is published like that already, as version {version}")
    else:
        how = "running cases move to it" if moves else "running cases keep the version they walk"
        show.say(f"policy {document.policy} is published as version {version}; {how}")
    return 0


# --- stories ----------------------------------------------------------------------------------


def _tell(at: door.Door, paths: tuple[Path, ...], name: str | None, shape: str) -> int:
    from dunwell.sim import story

    policy = None
    if name is not None:
        source = _source(at, name)
        if source.document is None:
            return _complain(source.complaints)
        policy = documents.compile_policy(_whole(source), version=0)
    files = [f for p in paths for f in (sorted(p.rglob("*.story")) if p.is_dir() else [p])]
    if not files:
        raise Refused("no_story", f"no *.story file in {', '.join(map(str, paths))}")
    told = [(file, _told(story, file, policy)) for file in files]
    if shape == "json":
        show.as_json([_story_shape(file, t) for file, t in told])
    elif shape == "csv":
        heading = ["file", "line", "text", "day", "found", "because"]
        show.as_csv(heading, [row for file, t in told for row in _story_rows(file, t)])
    else:
        for _, t in told:
            for wrong in (*t.complaints, *t.failures):
                click.echo(str(wrong))
        failed = sum(not t.is_true for _, t in told)
        days, wanted = sum(t.days for _, t in told), sum(t.expectations for _, t in told)
        show.say(f"{len(told)} told, {failed} not true; {wanted} expectations over {days:,} days")
    return 0 if all(t.is_true for _, t in told) else door.COMPLAINTS


def _told(story: Any, file: Path, policy: documents.Policy | None) -> Told:
    """Tell one story.

    Raises: Refused for a file that is not text.
    """
    try:
        told: Told = story.tell_file(file, policy=policy)
    except UnicodeDecodeError:
        raise Refused("not_text", f"{file} is not text in UTF-8; is it a story?") from None
    return told


def _story_shape(file: Path, told: Told) -> dict[str, Any]:
    keys = ("line", "text", "day", "found", "because")
    return {
        "file": str(file), "is_true": told.is_true, "expectations": told.expectations,
        "days": told.days, "wrong": [dict(zip(keys, row[1:], strict=True))
                                     for row in _story_rows(file, told)],
    }  # fmt: skip


def _story_rows(file: Path, told: Told) -> list[list[Any]]:
    rows: list[list[Any]] = [
        [str(file), c.line, c.found, None, "not understood", c.want] for c in told.complaints
    ]
    return rows + [[str(file), f.line, f.text, f.day, f.found, f.why] for f in told.failures]
