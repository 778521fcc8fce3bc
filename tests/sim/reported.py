"""The report of a year with people, as docs/concepts/simulated-year.md shows it.

    .venv/bin/python tests/sim/reported.py --customers 300 --days 365

lives it in a folder of its own, says every tenth day how far it is, and prints tables.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).parents[1]))

import databases

if TYPE_CHECKING:
    import peopled
    from watcher import Fault

KINDS = (
    "paid", "in credit", "dispute", "promise", "plan", "hold", "hardship", "agency", "legal",
    "written off", "insolvency", "lawyer", "ceased", "reply", "duplicate", "repeated step",
    "spacing", "stern before a call", "figures", "closed day", "forgotten", "ladder", "book",
    "case failed", "judge failed", "unsound", "no outcome",
)  # fmt: skip
"""What the watcher looks for, in the order in which it is reported."""


def main(argv: Sequence[str] | None = None) -> int:
    """Live a year and print its report; return how many faults there were, at most one."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    ask.add_argument("--customers", type=int, default=300)
    ask.add_argument("--days", type=int, default=365)
    ask.add_argument("--companies", type=int, default=3)
    ask.add_argument("--seed", type=int, default=3)
    given = ask.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="dunwell-year-") as folder:
        template = databases.of("sqlite", Path(folder))
        template.migrate()
        made = template.fresh(Path(folder) / "home")
        os.environ.update(made.environment)
        return _live(given, made.home)


def _live(given: argparse.Namespace, home: Path) -> int:
    import company
    import peopled

    book = peopled.generated(customers=given.customers, seed=given.seed, companies=given.companies)
    began, used = time.monotonic(), time.process_time()
    played = peopled.Peopled(company.founded(book), book, days=given.days, seed=given.seed)
    for n in range(given.days):
        before = len(played.wrong)
        played.day()
        for wrong in played.wrong[before:]:
            print(wrong, file=sys.stderr, flush=True)
        if n % 10 == 9:
            spent = time.monotonic() - began
            said = f"{played.world.as_of}: {len(played.sent)} messages, {len(played.wrong)} wrong"
            print(f"{said}, {spent:,.0f} s", file=sys.stderr, flush=True)
    took, used = time.monotonic() - began, time.process_time() - used
    found = played.faults(home)
    print(
        f"{given.customers:,} customers of {given.companies} companies, {given.days} days, seed"
        f" {given.seed}: {took:,.0f} s by the clock, {used:,.0f} s of one processor.\n"
    )
    print(report(played, found))
    for fault in found[:50]:
        print(f"{fault.kind}: {fault.text}", file=sys.stderr)
    return min(1, len(found))


def report(played: peopled.Peopled, found: Sequence[Fault]) -> str:
    """Return the tables of a year."""
    seen, counts = played.staff.office.seen, played.counts
    kinds = Counter(f.kind for f in found)
    parts = [
        ("Violations", [(kind, kinds[kind]) for kind in KINDS]),
        ("Messages", _messages(played)),
        ("Case-days of silence", played.waits.most_common()),
        ("Faults injected", [(name, (counts + seen)[name]) for name in _FAULTS]),
        ("Promises, plans, disputes", _agreements(played)),
        ("Calls", [(k.removeprefix("call "), n) for k, n in _like(seen, "call ")]),
        ("Questions answered", [*_like(seen, "yes to "), *_like(seen, "no to ")]),
        ("What the desk refused its people", played.staff.office.refused.most_common()),
        ("Tasks done", [(k.removeprefix("task "), n) for k, n in _like(seen, "task ")]),
        ("Cases that closed", played.outcomes().most_common()),
        ("Cases still open, by reason", _open(played)),
    ]
    return "\n".join(f"### {title}\n\n{_table(rows)}" for title, rows in parts)


_FAULTS = (
    "days without a bank file", "days nothing was sent for stale data", "files imported twice",
    "credit notes posted late", "days without a mail server", "crashes while sending",
    "days without a run", "dispatch unknown", "unknown delivery sent",
    "unknown delivery not_sent", "mail taken: bounce", "answers given late",
    "tasks past due when done",
)  # fmt: skip


def _like(counts: Counter[str], start: str) -> list[tuple[str, int]]:
    return [(k, n) for k, n in counts.most_common() if k.startswith(start)]


def _messages(played: peopled.Peopled) -> list[tuple[str, int]]:
    steps = Counter(s.act.step for s in played.sent)
    late = played.counts["messages while the money was under way"]
    return [
        ("all", sum(steps.values())),
        *((f"of these `{step}`", n) for step, n in steps.most_common()),
        ("of these while the money was under way, in a bank file that had not come", late),
    ]


def _agreements(played: peopled.Peopled) -> list[tuple[str, int]]:
    from django.db.models import Count

    from dunwell.store import models, tx

    scope = played.scope
    mine = {"organisation_id": scope.organisation_id}
    rows: list[tuple[str, int]] = []
    with tx.reading(scope):
        for name, table, field in (
            ("promises", models.Promise, "state"), ("plans", models.Plan, "state"),
            ("disputes", models.Dispute, "outcome"), ("measures", models.Measure, "kind"),
            ("placements", models.Placement, "kind"), ("write-offs", models.WriteOff, "state"),
        ):  # fmt: skip
            found = table.objects.filter(**mine).values_list(field).annotate(n=Count("pk"))
            rows += [(f"{name} {kind or 'undecided'}".replace("_", " "), n) for kind, n in
                     sorted(found, key=lambda pair: -pair[1])]  # fmt: skip
        filed = models.Insolvency.objects.filter(**mine).count()
        days = [
            (d.decided_on - d.stop.from_on).days
            for d in models.Dispute.objects.filter(**mine, decided_on__isnull=False).select_related(
                "stop"
            )
        ]
    rows.append(("insolvencies", filed))
    rows.append(("days from objection to answer, on average", sum(days) // max(1, len(days))))
    return rows


def _open(played: peopled.Peopled) -> list[tuple[str, int]]:
    rows = Counter(x[2] for x in played.open_cases())
    return rows.most_common()


def _table(rows: Iterable[tuple[str, int]]) -> str:
    body = "".join(f"| {name.replace('_', ' ')} | {n:,} |\n" for name, n in rows)
    return f"| | |\n|---|---:|\n{body}"


if __name__ == "__main__":
    raise SystemExit(main())
