"""Find what is wrong before the night run does: settings, caches, the chain (DATA.md 1.6)."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from django.db import connection
from django.db.models import Max

from dunwell.core import book
from dunwell.core.errors import Misconfigured, Refused
from dunwell.core.scope import Scope
from dunwell.delivery import render
from dunwell.desk import agreeing, hooks, setting, trail
from dunwell.store import agreements, models, policies, tx
from dunwell.store.records import steps


class Finding(NamedTuple):
    """One thing looked at. `fix` says what to do where it is not well."""

    name: str
    ok: bool
    found: str
    fix: str = ""


def run(scope: Scope, home: Path) -> list[Finding]:
    """Look at everything the night run depends on; change nothing."""
    return [
        _database(),
        _disk(home),
        _settings(home),
        _senders(scope, home),
        _policies(scope),
        _chain(scope),
        _open_amounts(scope),
        _closed(scope),
        _steps(scope),
        _promised(scope),
        _bins(scope),
        _unfinished(scope),
        _unknown(scope),
        _hooks(scope, home),
    ]


def _database() -> Finding:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA quick_check")
            said = str(cursor.fetchone()[0])
            return Finding("database", said == "ok", f"sqlite, quick check: {said}",
                           "restore the last backup")  # fmt: skip
        cursor.execute("SHOW server_version")
        return Finding("database", ok=True, found=f"postgresql {cursor.fetchone()[0]}")


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free // 2**20
    writable = os.access(home, os.W_OK)
    return Finding(
        "data folder", writable and free > 200, f"{home}, {free:,} MiB free",
        "make the folder writable and leave it 200 MiB at least",
    )  # fmt: skip


def _settings(home: Path) -> Finding:
    try:
        given = setting.load(home)
        smtp = given.get("smtp")
        if given.get("sms"):
            setting.sms_settings(given["sms"])
        setting.pay_provider(home)
        if smtp:
            said = setting.smtp_settings(smtp)
            return Finding("mail", ok=True, found=f"smtp {said.host}:{said.port}, tls {said.tls}")
    except Misconfigured as error:
        return Finding("mail", ok=False, found=str(error), fix=error.fix)
    return Finding("mail", ok=True, found="no server set: messages are written to files")


def _senders(scope: Scope, home: Path) -> Finding:
    """Check that every entity has an address to write from before a real server is asked."""
    with tx.reading(scope):
        lacking = [
            code
            for code, sender in models.Entity.objects.filter(
                organisation_id=scope.organisation_id
            ).values_list("code", "sender")
            if not (sender or {}).get("email")
        ]
    try:
        is_needed = bool(setting.load(home).get("smtp"))
    except Misconfigured:
        is_needed = False
    said = f"no sender's address: {', '.join(lacking)}" if lacking else "every entity has one"
    return Finding("senders", not (lacking and is_needed), said, "dunwell letterhead ENTITY FILE")


def _policies(scope: Scope) -> Finding:
    """Check that every entity walks a published policy whose templates all exist."""
    short = render.load_templates().short["en"]
    missing = set()
    with tx.reading(scope):
        for code, name in models.Entity.objects.filter(
            organisation_id=scope.organisation_id
        ).values_list("code", "policy"):
            try:
                _, policy = policies.current(scope, name)
            except Misconfigured as error:
                return Finding("policies", ok=False, found=f"{code}: {error}", fix=error.fix)
            texts = render.with_own(policy.texts)
            for cadence in policy.cadences.values():
                actions = [a for s in cadence.steps for a in s.actions]
                missing |= {a.template for a in actions if a.channel == "sms"} - set(short)
                for template in {a.template for a in actions if a.channel != "sms"}:
                    try:
                        texts.find(template, "en")
                    except Refused:
                        missing.add(template)
    said = f"missing templates: {', '.join(sorted(missing))}" if missing else "no text is missing"
    return Finding("policies", not missing, said, "write the template, or name another")


def _chain(scope: Scope) -> Finding:
    found = trail.verify(scope)
    said = found.problem or (
        f"{found.events:,} events under {found.seals:,} seals, {found.unsealed:,} not sealed yet"
    )
    return Finding("journal", found.ok, said, "see docs/reference/journal.md")


def _open_amounts(scope: Scope) -> Finding:
    """Recompute what is open of every item, and unapplied of every payment."""
    with tx.reading(scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM item i WHERE i.organisation_id = %s AND i.open_minor <>"
            " i.amount_minor - COALESCE((SELECT SUM(a.amount_minor) FROM allocation a WHERE"
            " a.organisation_id = i.organisation_id AND a.item_id = i.id), 0)",
            [scope.organisation_id],
        )
        items = cursor.fetchone()[0]
        cursor.execute(
            "SELECT COUNT(*) FROM payment p WHERE p.organisation_id = %s AND p.kind = 'payment'"
            " AND p.reversed_on IS NULL AND p.unapplied_minor <> p.amount_minor - COALESCE((SELECT"
            " SUM(a.amount_minor) FROM allocation a WHERE a.organisation_id = p.organisation_id"
            " AND a.payment_id = p.id), 0)",
            [scope.organisation_id],
        )
        payments = cursor.fetchone()[0]
    return Finding(
        "money", not (items or payments),
        f"{items:,} items and {payments:,} payments differ from their allocations",
        "do not run; report this with the export of the customers concerned",
    )  # fmt: skip


def _closed(scope: Scope) -> Finding:
    """Check that an item is closed just when nothing of it is open."""
    with tx.reading(scope):
        mine = models.Item.objects.filter(organisation_id=scope.organisation_id)
        wrong = mine.filter(open_minor=0, closed_on__isnull=True).count()
        wrong += mine.filter(open_minor__gt=0, closed_on__isnull=False).count()
    return Finding(
        "closed items", not wrong, f"{wrong:,} are closed and open at once, or neither",
        "do not run; report this with the export of the customers concerned",
    )  # fmt: skip


def _steps(scope: Scope) -> Finding:
    """Compare what open items' rows say of their steps with the steps themselves."""
    with tx.reading(scope):
        said = dict(
            models.Item.objects.filter(
                organisation_id=scope.organisation_id, open_minor__gt=0
            ).exclude(taken="").values_list("pk", "taken")
        )  # fmt: skip
        taken = models.StepTaken.objects.filter(
            organisation_id=scope.organisation_id, voided_on__isnull=True, item__open_minor__gt=0
        ).values_list("item_id", flat=True)
        found = steps.live(scope, taken.distinct())
        wrong = sum(said.get(i, "") != book.taken_text(found.get(i, ())) for i in {*said, *found})
    return Finding(
        "steps taken", not wrong, f"{wrong:,} items say otherwise than their steps",
        "do not run; report this with the export of the customers concerned",
    )  # fmt: skip


def _promised(scope: Scope) -> Finding:
    """Judge promises and plans by what was paid, and compare with what their rows say.

    They are judged by the night's run and by each import, so as of the last of either.
    """
    mine = {"organisation_id": scope.organisation_id, "in_force_on__isnull": False}
    with tx.reading(scope):
        run = models.Run.objects.filter(
            organisation_id=scope.organisation_id, mode__in=("run", "release"), gate=""
        )
        batch = models.ImportBatch.objects.filter(
            organisation_id=scope.organisation_id, state="published"
        )
        last = {rows.aggregate(last=Max("as_of"))["last"] for rows in (run, batch)} - {None}
        made = models.Promise.objects.filter(**mine).exclude(state="withdrawn")
        plans = models.Plan.objects.filter(**mine).exclude(state="withdrawn")
        agreed = list(made.select_related("stop__entity"))
        planned = list(plans.select_related("stop__entity"))
        states = {r.stop_id: r.state for r in agreed} | {r.stop_id: r.state for r in planned}
        right: set[int] = set()
        for day in last:
            money = agreeing.money_of(scope, agreed, as_of=day)
            money |= agreeing.money_of(scope, planned, as_of=day)
            came = {s: agreements.state(one, as_of=day) for s, one in money.items()}
            right |= {s for s, how in came.items() if how == states[s]}
    wrong = set(states) - right if last else set()
    return Finding(
        "promises and plans", not wrong, f"{len(wrong):,} say otherwise than the payments",
        "do not run; report this with the export of the customers concerned",
    )  # fmt: skip


def _bins(scope: Scope) -> Finding:
    """Compare the sums by due date with the items they are sums of."""
    key = ("entity_id", "currency", "due_on", "kind")
    found: dict[tuple[object, ...], list[int]] = {}
    with tx.reading(scope):
        for *place, minor in models.Item.objects.filter(
            organisation_id=scope.organisation_id, open_minor__gt=0
        ).values_list(*key, "open_minor"):
            sums = found.setdefault(tuple(place), [0, 0])
            sums[0] += minor
            sums[1] += 1
        for *place, minor, n in models.DueBin.objects.filter(
            organisation_id=scope.organisation_id
        ).values_list(*key, "open_minor", "n"):
            if [minor, n] == found.get(tuple(place), [0, 0]):
                found.pop(tuple(place), None)
            else:
                found.setdefault(tuple(place), [0, 0])
    return Finding(
        "sums by due date", not found, f"{len(found):,} differ from the items",
        "run `dunwell doctor --mend`",
    )  # fmt: skip


def mend(scope: Scope) -> None:
    """Make the sums by due date anew from the items."""
    sums: dict[tuple[int, str, dt.date, str], list[int]] = {}
    with tx.transaction_of(scope):
        for entity, currency, due_on, kind, minor in models.Item.objects.filter(
            organisation_id=scope.organisation_id, open_minor__gt=0
        ).values_list("entity_id", "currency", "due_on", "kind", "open_minor"):
            found = sums.setdefault((entity, currency, due_on, kind), [0, 0])
            found[0] += minor
            found[1] += 1
        models.DueBin.objects.filter(organisation_id=scope.organisation_id).delete()
        models.DueBin.objects.bulk_create(
            [
                models.DueBin(
                    organisation_id=scope.organisation_id, entity_id=e, currency=c, due_on=d,
                    kind=k, open_minor=minor, n=n,
                )
                for (e, c, d, k), (minor, n) in sums.items()
            ],
            batch_size=500,
        )  # fmt: skip


def _unfinished(scope: Scope) -> Finding:
    with tx.reading(scope):
        n = models.ImportBatch.objects.filter(
            organisation_id=scope.organisation_id, state__in=("staging", "staged")
        ).count()
    return Finding("imports", not n, f"{n} not finished", "the next `dunwell run` finishes them")


def _hooks(scope: Scope, home: Path) -> Finding:
    wrong = hooks.faults(scope, home)
    return Finding("hooks", not wrong, "; ".join(wrong) or "none is in want", "dunwell hook list")


def _unknown(scope: Scope) -> Finding:
    with tx.reading(scope):
        n = models.Action.objects.filter(
            organisation_id=scope.organisation_id, state="unknown"
        ).count()
    return Finding(
        "deliveries", not n, f"{n} nobody knows the end of", "decide: dunwell delivery list"
    )
