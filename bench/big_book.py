"""A book of any size on SQLite, put there by plain inserts: five open items a customer.

The rows are the simulator's (dunwell.sim.book), a part of them copied under other references
where a million are wanted: what is measured is the look, not the making of a book. Kept under
build/ by size and seed, so that a second bench need not wait for it.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import shutil
import sys
from pathlib import Path
from typing import Any

import common

AS_OF = dt.date(2026, 11, 2)  # a Monday
DRAWN = 20_000
"""Customers drawn from the simulator; beyond them the same ones stand again."""


def ready(items: int, *, seed: int = 1) -> Path:
    """Return the data folder of a book with so many open items, made if it is not there."""
    home = common.BUILD / f"book-{items}-{seed}"
    if not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        # A process of its own: Django serves one data folder a process.
        maker = multiprocessing.get_context("spawn").Process(target=_make, args=(home, items, seed))
        maker.start()
        maker.join()
        if maker.exitcode:
            raise SystemExit("the book could not be made")
        (home / "whole").touch()
    return home


def enter(home: Path) -> Any:
    """Open the book for this process; return whose data it is."""
    from dunwell.store import connect

    connect.setup(home=home)
    from dunwell.desk import found

    return found.enter(None, by="bench")


def _make(home: Path, items: int, seed: int) -> None:
    from dunwell.store import connect

    connect.setup(home=home)
    connect.migrate()
    from dunwell.desk import found
    from dunwell.sim import book, play

    print(f"making a book of {items:,} open items …", file=sys.stderr)
    entity = play.new_entity(book.ONE_ENTITY[0])._replace(code="MAIN")
    scope = found.run("bench", [entity], by="bench", now=play.instant(AS_OF))
    customers = items // 5
    drawn = list(
        book.sheets(
            customers=min(customers, DRAWN), items=min(customers, DRAWN) * 5, seed=seed,
            as_of=AS_OF, entities=book.ONE_ENTITY, settled_per_open=0.0, whale=500,
            currency_mix=None, history=False,
        )
    )  # fmt: skip
    for start in range(0, customers, DRAWN):
        _insert(scope.organisation_id, drawn[: customers - start], start)
    _add_up()
    _analyze()


def _add_up() -> None:
    """Keep what is open by due date, as the ledger does with each row it writes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO due_bin (organisation_id, entity_id, currency, due_on, kind, open_minor,"
            " n) SELECT organisation_id, entity_id, currency, due_on, kind, SUM(open_minor),"
            " COUNT(*) FROM item WHERE open_minor > 0"
            " GROUP BY organisation_id, entity_id, currency, due_on, kind"
        )


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert(organisation: int, drawn: list[Any], start: int) -> None:
    """Write one round of the drawn customers with their items, in one transaction."""
    from django.db import connection, transaction

    people, contacts, routes, items, watch, personal = [], [], [], [], [], []
    for n, sheet in enumerate(drawn, start=start + 1):
        c = sheet.customer
        people.append((n, organisation, f"{c.reference}-{n}", c.country or "", c.time_zone or ""))
        contacts.append((n, organisation, n))
        routes += [(organisation, n, channel) for channel in ("email", "phone")]
        personal += [
            (organisation, "contact", n, "email", f"{n}@example.com".encode()),
            (organisation, "customer", n, "name", (c.name or f"Customer {n}").encode()),
        ]
        mine = [i for i in sheet.items if i.open_minor]
        for i in mine:
            due = i.due_on or (i.issued_on or AS_OF) + dt.timedelta(days=i.terms_days or 30)
            late = due < AS_OF and i.kind != "credit_note"
            items.append(
                (organisation, n, i.kind, i.number, i.part, i.issued_on, due,
                 "EUR", i.amount_minor, i.open_minor, i.applies_to or "",
                 AS_OF if late else None, True)
            )  # fmt: skip
        watch.append((organisation, n))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_CUSTOMER, people)
        cursor.executemany(_CONTACT, contacts)
        cursor.executemany(_ROUTE, routes)
        cursor.executemany(_ITEM, items)
        cursor.executemany(_WATCH, watch)
        cursor.executemany(_PERSONAL, personal)


_CUSTOMER = (
    "INSERT INTO customer (id, organisation_id, reference, country, time_zone, region, language,"
    " currency, natural_person, strategic, owner, payment_method, parent, pays_via_parent,"
    " segment_given, grade_given, is_stub)"
    " VALUES (%s, %s, %s, %s, %s, '', 'en', '', 0, 0, '', '', '', 0, '', '', 0)"
)
_CONTACT = (
    "INSERT INTO contact (id, organisation_id, customer_id, role, number, language, best_time)"
    " VALUES (%s, %s, %s, 'ap', 0, '', '')"
)
_ROUTE = (
    "INSERT INTO route (organisation_id, contact_id, channel, consent, invalid_reason)"
    " VALUES (%s, %s, %s, 1, '')"
)
_ITEM = (
    "INSERT INTO item (organisation_id, entity_id, customer_id, kind, number, part, issued_on,"
    " due_on, currency, amount_minor, open_minor, applies_to, go_live_on, is_plain, taken, step,"
    " po_number, payment_method, description, document, due_derived)"
    " VALUES (%s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', '', '', '', '', 0)"
)
_WATCH = (
    "INSERT INTO watch (organisation_id, entity_id, customer_id, epoch, look_on, verdict,"
    " reason, also)"
    " VALUES (%s, 1, %s, 0, '0001-01-01', '', '', '')"
)
_PERSONAL = (
    "INSERT INTO personal (organisation_id, subject, subject_id, field, salt, body, legal_hold)"
    " VALUES (%s, %s, %s, %s, x'00', %s, '')"
)
