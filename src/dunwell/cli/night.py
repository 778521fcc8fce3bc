"""The night and the day after: propose, release, run, approve, dispatch, explain, replay."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from dunwell.cli import door, shapes, show
from dunwell.cli.casework import hook
from dunwell.core import money, reasons
from dunwell.core.decision import Act, Wait

if TYPE_CHECKING:
    from dunwell.delivery.channel import Channel
    from dunwell.desk.dispatch import Dispatched
    from dunwell.desk.look import Proposal
    from dunwell.desk.pay_link import Links


def add_to(main: click.Group) -> None:
    """Add these commands."""
    _sending(main)
    _answers(main)
    _reasons(main)


def _sending(main: click.Group) -> None:
    """Add what leads to messages: propose, release, run, dispatch."""

    @door.command(main, "propose")
    @click.option("--save", is_flag=True, help="keep it for review; says its number")
    @click.option(
        "--customer", "customers", multiple=True, metavar="CUSTOMER", help="only these customers"
    )
    @click.option("--only", type=LISTS, help="one list only")
    @show.format_option("jsonl")
    @door.as_of_option()
    def propose(at: door.Door, **values: Any) -> None:
        """Show what would go out, and every case that waits with its reason. Writes nothing."""
        _propose(at, **values)

    @door.command(main, "release")
    @click.argument("proposal", type=int)
    @click.option(
        "--drop",
        "drops",
        multiple=True,
        metavar="CUSTOMER=REASON",
        help="leave a line out, held for that day",
    )
    @door.key_option()
    @show.format_option()
    def release(at: door.Door, **values: Any) -> None:
        """Release a saved proposal: every line is checked again, and only what stands goes."""
        _release(at, **values)

    @door.command(main, "run")
    @click.option("--really", is_flag=True, help=REALLY)
    @click.option("--only", type=LISTS, help="one list only")
    @show.format_option("jsonl")
    @door.as_of_option("the day to do; one that is not today is played whole; by default today")
    def run(at: door.Door, **values: Any) -> int:
        """Do the night's work: look, record, send what needs no approval, report."""
        return _run(at, **values)

    @door.command(main, "dispatch")
    @click.option("--really", is_flag=True, help=REALLY)
    @show.format_option()
    @door.as_of_option("the day to send; one that is not today is played whole; by default today")
    def dispatch(at: door.Door, *, really: bool, shape: str, as_of: dt.date | None) -> None:
        """Send what is recorded and due; safe to run twice, and side by side."""
        sent = _dispatch(
            at, as_of, at.channels(as_of, is_real=really), at.links(as_of, is_real=really)
        )
        _tell_others(at, as_of, is_real=really)
        at.seal()
        if shape == "json":
            show.as_json(sent._asdict())
        elif shape == "csv":
            show.as_csv(sent._fields, [sent])
        else:
            show.say(_sent(sent))


LISTS = click.Choice(["acts", "asks", "waits"])
REALLY = "let a day that is not today reach the real channels"


def _answers(main: click.Group) -> None:
    """Add the two answers to what waits for a role."""

    @door.command(main, "approve")
    @click.argument("what", metavar="KEY")
    @door.key_option()
    @show.json_option()
    @door.as_of_option("the day it is approved; by default today")
    def approve(
        at: door.Door, *, what: str, request_key: str | None, as_of: dt.date | None
    ) -> None:
        """Approve what waits under KEY (see `approval list`); --by says who.

        Where the amount rose since it was asked, it is asked again with the day's.
        """
        from dunwell.desk import asked, once

        def do() -> dict[str, Any]:
            said = asked.approve_seen(at.scope, what, as_of=at.day(as_of), now=at.now)
            return {"id": what, "state": "granted", "what": said}

        request = [what, at.by]
        done = once.run(at.scope, request_key, verb="approve", request=request, now=at.now, do=do)
        at.seal()
        show.as_done(done, f"approved by {at.by}: {done['what']}")

    @door.command(main, "refuse")
    @click.argument("what", metavar="KEY")
    @click.option("--reason", required=True, metavar="R", help="why not")
    @door.day_option("--until", "when to look again; by default in 14 days")
    @door.key_option()
    @show.json_option()
    @door.as_of_option("the day it is refused; by default today")
    def refuse(at: door.Door, **values: Any) -> None:
        """Refuse what waits under KEY, with a reason and a day to look again."""
        _refuse(at, **values)


def _reasons(main: click.Group) -> None:
    """Add what says why: explain, replay."""

    @door.command(main, "explain")
    @click.argument("customer")
    @show.format_option()
    @door.as_of_option()
    def explain(at: door.Door, *, customer: str, shape: str, as_of: dt.date | None) -> None:
        """Say why a customer hears something, or nothing; a past day as it was then known."""
        _explain(at, customer, shape, as_of)

    @door.command(main, "replay")
    @door.day_option("--from", "the first day", param="first", required=True)
    @door.day_option("--to", "the last day", param="last", required=True)
    @show.format_option()
    def replay(at: door.Door, *, first: dt.date, last: dt.date, shape: str) -> int:
        """Decide again what was decided, on the facts then seen, and list any difference."""
        return _replay(at, first, last, shape)


def _refuse(
    at: door.Door,
    *,
    what: str,
    reason: str,
    until: dt.date | None,
    request_key: str | None,
    as_of: dt.date | None,
) -> None:
    from dunwell.desk import approve, once

    def do() -> dict[str, Any]:
        again = approve.refuse(
            at.scope, what, reason=reason, until=until, as_of=at.day(as_of), now=at.now
        )
        return {"id": what, "state": "refused", "look_again_on": again.isoformat()}

    request = [what, at.by, reason, until, as_of]
    done = once.run(at.scope, request_key, verb="refuse", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"refused by {at.by}; looked at again on {done['look_again_on']}")


def _propose(
    at: door.Door,
    *,
    save: bool,
    customers: tuple[str, ...],
    only: str | None,
    shape: str,
    as_of: dt.date | None,
) -> None:
    from dunwell.desk import look, release, view

    day = at.day(as_of)
    wanted = view.ids_of(at.scope, customers) if customers else None
    found = look.propose(at.scope, as_of=day, customers=wanted)
    if save:
        number = release.save(at.scope, found, now=at.now)
        at.seal()
        show.say(f"kept as proposal {number}; next: dunwell release {number}")
    _print(found, None, only, shape)


def _print(found: Proposal, lines: Any, only: str | None, shape: str, **more: Any) -> None:
    if shape in ("json", "jsonl"):
        whole = shapes.proposal(found, lines=lines) | more
        for name in ("acts", "asks", "waits"):
            if only is not None and name != only:
                whole.pop(name)
        if shape == "json":
            show.as_json(whole)
        else:
            show.as_lines(shapes.lines_of(whole))
        return
    heading, rows = _rows(found, lines, only)
    if shape == "csv":
        show.as_csv(heading, rows)
        return
    show.as_table(heading, rows, title=f"{found.as_of}, policy {found.policy}", right=[4])
    counts = found.counts
    show.say(
        f"{counts['looked']:,} looked at: {counts['acted']:,} act, {counts['asked']:,} ask, "
        f"{counts['waited']:,} wait, {counts['failed']:,} failed"
    )
    for reason, n in counts["by_reason"].items():
        show.say(f"  {n:>7,}  {reason}: {reasons.sentence(reasons.Reason(reason), {})}")
    if found.gate.is_stale:
        show.say(f"nothing is sent: {found.gate.why}")
    for customer, error in found.failed:
        show.say(f"  failed {customer}: {error}")


def _rows(found: Proposal, lines: Any, only: str | None) -> tuple[list[str], list[list[Any]]]:
    from dunwell.desk import explain

    new = None if lines is None else {(x.entity_id, x.customer_id) for x in lines}
    rows: list[list[Any]] = []
    for x in found.lines:
        made = x.made
        is_new = new is None or (x.entity_id, x.customer_id) in new
        if isinstance(made, Act) and is_new and only in (None, "acts"):
            amounts = " + ".join(money.text(m, c) for c, m in made.amounts)
            rows.append([x.customer, x.entity, "act", made.step, amounts, explain.why(made)])
        if not isinstance(made, Wait) and only in (None, "asks"):
            for a in made.asks:
                amounts = " + ".join(money.text(m, c) for c, m in a.amounts)
                what = a.step if a.what == "notice" else a.what
                why = f"waits for the {a.approval}: dunwell approve {a.actions[0].key}"
                rows.append([x.customer, x.entity, "ask", what, amounts, why])
        if isinstance(made, Wait) and only == "waits":
            rows.append(
                [x.customer, x.entity, "wait", str(made.reason), made.look_again_on or "event",
                 explain.sentence(made)]
            )  # fmt: skip
    return ["customer", "entity", "", "what", "amount", "why"], rows


def _release(
    at: door.Door, *, proposal: int, drops: tuple[str, ...], request_key: str | None, shape: str
) -> None:
    from dunwell.desk import once, release

    drop = {}
    for text in drops:
        customer, equals, why = text.partition("=")
        if not equals or not why.strip():
            raise click.BadParameter(f"{text!r}: write CUSTOMER=REASON", param_hint="--drop")
        drop[customer] = why

    def do() -> dict[str, Any]:
        done = release.run(at.scope, proposal, drop=drop, now=at.now, is_whole=True)
        return {
            "proposal": done.proposal,
            "as_of": done.as_of.isoformat(),
            "released": [{"customer": x.customer, "entity": x.entity} for x in done.lines],
            "dropped": done.dropped,
        }

    done = once.run(
        at.scope, request_key, verb="release", request=[proposal, *drops], now=at.now, do=do,
        is_long=True,
    )  # fmt: skip
    at.seal()
    if shape == "json":
        show.as_json(done)
        return
    rows = [[x["customer"], x["entity"], "released", ""] for x in done["released"]]
    rows += [[x["customer"], x["entity"], "dropped", x["reason"]] for x in done["dropped"]]
    heading = ["customer", "entity", "", "why"]
    if shape == "csv":
        show.as_csv(heading, rows)
        return
    show.as_table(heading, rows, title=f"Proposal {proposal}, for {done['as_of']}")
    show.say(
        f"{len(done['released'])} released, {len(done['dropped'])} dropped; next: dunwell dispatch"
    )


def _run(
    at: door.Door, *, really: bool, only: str | None, shape: str, as_of: dt.date | None
) -> int:
    from dunwell.desk import alert, look, receive, settle, task

    routes = at.channels(as_of, is_real=really)  # a wrong setting stops it before it has begun
    links = at.links(as_of, is_real=really)
    for said in receive.finish_others(at.scope, now=at.now):
        show.say(said)
    for wrong in settle.nightly(at.scope, as_of=at.day(as_of), now=at.now):
        show.say(f"failed: {wrong}")
    found = look.propose(at.scope, as_of=at.day(as_of))
    lines = look.record(at.scope, found, mode="run", now=at.now)
    sent = None if found.gate.is_stale else _dispatch(at, as_of, routes, links)
    _tell_others(at, as_of, is_real=really)
    at.seal()
    counts = {n: getattr(sent, n, 0) for n in ("sent", "failed", "unknown", "cancelled")}
    late = task.past_due(at.scope, as_of=found.as_of)
    crossed = alert.crossed(at.scope, as_of=found.as_of)
    _print(
        found, lines, only, shape, dispatched=counts, tasks_past_due=late, alerts_crossed=crossed
    )
    if shape == "table" and sent is not None:
        show.say(_sent(sent))
    if shape == "table" and late:
        what = "task is" if late == 1 else "tasks are"
        show.say(f"{late:,} {what} past due and before the manager: dunwell task list")
    if shape == "table" and crossed:
        show.say(f"{crossed:,} thresholds were crossed: dunwell alert list")
    return 0


def _dispatch(
    at: door.Door,
    as_of: dt.date | None,
    routes: Mapping[str, Channel],
    links: Links | None,
) -> Dispatched:
    from dunwell.desk import dispatch

    now, plays = at.now, None
    if at.is_played(as_of):
        plays = at.day(as_of)
        now = dt.datetime.combine(plays, dt.time(23, 59), tzinfo=zoneinfo.ZoneInfo(at.time_zone))
    return dispatch.run(
        at.scope,
        routes,
        worker=at.worker,
        now=now,
        plays=plays,
        dead=door.dead(dispatch.owners(at.scope)),
        clock=door.clock,
        links=links,
    )


def _tell_others(at: door.Door, as_of: dt.date | None, *, is_real: bool) -> None:
    """Send what other systems are to be told; say so where there was anything."""
    counts = hook.carry(at, files_only=at.files_only(as_of, is_real=is_real), as_of=as_of)
    if any(counts.values()):
        show.say(f"hooks: {hook.said(counts)}")


def _sent(sent: Dispatched) -> str:
    said = f"{sent.sent} sent, {sent.failed} failed, {sent.cancelled} cancelled"
    if sent.postponed:
        said += f", {sent.postponed} to go later"
    if sent.unknown:
        said += f"; {sent.unknown} of unknown delivery: dunwell delivery list"
    return said


def _explain(at: door.Door, customer: str, shape: str, as_of: dt.date | None) -> None:
    from dunwell.desk import explain

    found = explain.run(at.scope, customer, as_of=at.day(as_of), today=at.today)
    if shape == "json":
        show.as_json([x._asdict() for x in found])
        return
    if shape == "csv":
        show.as_csv(
            ["customer", "entity", "as_of", "verdict", "why", "look_again_on", "policy", "source"],
            [
                [x.customer, x.entity, x.as_of, x.verdict, " ".join(x.sentences),
                 x.look_again_on, x.policy, x.source]
                for x in found
            ],
        )  # fmt: skip
        return
    for x in found:
        click.echo(f"{x.customer} ({x.entity or 'no case'}), {reasons.day_text(x.as_of)}")
        for sentence in x.sentences:
            click.echo(f"  {sentence}")
        click.echo(f"  [{x.policy}; {x.source}]")


def _replay(at: door.Door, first: dt.date, last: dt.date, shape: str) -> int:
    from dunwell.desk import replay

    done = replay.run(at.scope, first=first, last=last)
    if shape == "json":
        show.as_json(done._asdict())
    elif shape == "csv":
        differences = [*done.differences, *done.newer_rules]
        show.as_csv(replay.Difference._fields, differences)
    else:
        show.say(f"{done.decisions:,} decisions replayed, {len(done.differences):,} differ")
        if done.newer_rules:
            show.say(f"{len(done.newer_rules):,} differ as expected: made under older rules")
        for d in done.differences[:50]:
            show.say(f"  {d.as_of} {d.customer} ({d.entity}): was {d.was}; now {d.now}")
    return door.REFUSED if done.differences else 0
