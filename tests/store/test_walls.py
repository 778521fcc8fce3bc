"""Nothing crosses from one organisation to another, and on PostgreSQL the database sees to it."""

from __future__ import annotations

import os
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection, connections, models, transaction
from django.db.utils import DatabaseError
from psycopg import sql

from databases import Database
from dunwell.core.scope import Scope
from dunwell.store import models as tables
from dunwell.store import tx, walls
from helpers import NOW, TODAY, beside, found_organisation

OWNED = [m for m in apps.get_app_config("store").get_models() if m is not tables.Organisation]


@pytest.fixture
def two(database: Database) -> tuple[Scope, Scope]:
    """Two organisations in one database."""
    return found_organisation("acme"), found_organisation("beta", by="ben")


@pytest.fixture
def filled(database: Database, two: tuple[Scope, Scope]) -> tuple[Scope, Scope]:
    """Both organisations, with at least one row of each in every table."""
    parts = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_URL"])
    with psycopg.connect(**parts | {"dbname": database.name}) as admin:
        admin.execute("SET session_replication_role = replica")  # rows need no real neighbours
        for scope in two:
            for model in OWNED:
                row = row_of(model, scope.organisation_id)
                fields = [f for f in model._meta.concrete_fields if not f.primary_key]
                insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(model._meta.db_table),
                    sql.SQL(", ").join(sql.Identifier(f.column) for f in fields),
                    sql.SQL(", ").join(sql.Placeholder() * len(fields)),
                )
                admin.execute(
                    insert,
                    [
                        f.get_db_prep_save(getattr(row, f.attname), connection=connection)
                        for f in fields
                    ],
                )
    return two


def row_of(model: type[models.Model], organisation: int) -> models.Model:
    """Make a row of any table that passes its checks; its references point nowhere."""
    made = model(organisation_id=organisation)
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name == "organisation":
            continue
        if field.is_relation:
            setattr(made, field.attname, None if field.null else 9_999_999)
        elif isinstance(field, models.DateTimeField):
            setattr(made, field.attname, NOW)
        elif isinstance(field, models.DateField):
            setattr(made, field.attname, TODAY)
        elif isinstance(field, models.BinaryField):
            setattr(made, field.attname, b"x")
        elif isinstance(field, models.JSONField):
            setattr(made, field.attname, {})
        elif isinstance(field, models.IntegerField):
            setattr(made, field.attname, 9_999)
        elif isinstance(field, models.CharField):
            setattr(made, field.attname, "x")
    return made


def is_refused(work: Any) -> bool:
    """Tell whether the database refuses a piece of work."""
    try:
        with transaction.atomic():
            work()
    except DatabaseError as error:
        return "row-level security" in str(error) or "permission denied" in str(error)
    return False


@pytest.mark.postgres
def test_each_organisation_sees_its_rows(filled: tuple[Scope, Scope]) -> None:
    """Every table has rows of both organisations, and each sees its own and no other."""
    for scope in filled:
        with tx.transaction_of(scope):
            seen = {
                m._meta.db_table: set(m.objects.values_list("organisation_id", flat=True))
                for m in OWNED
            }
        assert seen == {m._meta.db_table: {scope.organisation_id} for m in OWNED}


@pytest.mark.postgres
def test_without_an_organisation_nothing_is_read(filled: tuple[Scope, Scope]) -> None:
    """Who names no organisation sees no row of any table, inside a transaction or out of it."""
    outside = {m._meta.db_table for m in OWNED if _count_unchecked(m)}
    with transaction.atomic():
        inside = {m._meta.db_table for m in OWNED if m.objects.count()}
    with tx.transaction_of(filled[0]):
        pass
    after = {m._meta.db_table for m in OWNED if _count_unchecked(m)}
    assert (outside, inside, after) == (set(), set(), set())


@pytest.mark.postgres
def test_without_an_organisation_nothing_is_written(filled: tuple[Scope, Scope]) -> None:
    """Who names no organisation can write no row into any table."""
    mine = filled[0].organisation_id
    written = {
        m._meta.db_table
        for m in OWNED
        if not is_refused(lambda m=m: m.objects.bulk_create([row_of(m, mine)]))
    }
    assert written == set()


@pytest.mark.postgres
def test_the_wrong_organisation_writes_nothing(filled: tuple[Scope, Scope]) -> None:
    """One organisation cannot add, change, take or delete a row of another in any table."""
    mine, other = filled
    crossed: set[tuple[str, str]] = set()
    for model in OWNED:
        name = model._meta.db_table
        theirs = model.objects.filter(organisation_id=other.organisation_id)

        def added(model: type[models.Model] = model) -> None:
            tx.enter(mine)
            model.objects.bulk_create([row_of(model, other.organisation_id)])

        def given(model: type[models.Model] = model) -> None:
            tx.enter(mine)
            model.objects.update(organisation_id=other.organisation_id)

        if not is_refused(added):
            crossed.add((name, "added"))
        if not is_refused(given):
            crossed.add((name, "given"))
        if name in walls.APPEND_ONLY:
            continue
        with tx.transaction_of(mine):
            if theirs.update(organisation_id=mine.organisation_id):
                crossed.add((name, "taken"))
            if theirs._raw_delete(theirs.db):
                crossed.add((name, "deleted"))
    assert crossed == set()


@pytest.mark.postgres
def test_an_organisation_changes_its_own_name_only(two: tuple[Scope, Scope]) -> None:
    """Which organisations there are may be read by all; only one's own row can be changed."""
    mine, other = two
    with tx.transaction_of(mine):
        changed = {
            s.organisation: tables.Organisation.objects.filter(pk=s.organisation_id).update(
                name="n"
            )
            for s in (mine, other)
        }
    assert changed == {"acme": 1, "beta": 0}
    assert is_refused(lambda: tables.Organisation.objects.all()._raw_delete("default"))


@pytest.mark.postgres
def test_the_application_owns_nothing(database: Database) -> None:
    """The role the application acts as is no superuser, bypasses no policy and owns no table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole,"
            " (SELECT count(*) FROM pg_tables WHERE tableowner IN (current_user, session_user))"
            " FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (walls.ROLE, False, False, False, 0)


@pytest.mark.postgres
def test_the_owner_stands_behind_the_wall_too(filled: tuple[Scope, Scope]) -> None:
    """Row-level security is forced: even the owner of the tables sees no row without naming."""
    try:
        with transaction.atomic(using="owner"):
            seen = {m._meta.db_table for m in OWNED if m.objects.using("owner").count()}
    finally:
        connections["owner"].close()
    assert seen == set()


@pytest.mark.postgres
def test_a_table_a_later_migration_adds_gets_its_wall(two: tuple[Scope, Scope]) -> None:
    """Raising the walls again covers a new table, and changes nothing of the others."""
    mine, other = two
    try:
        with connections["owner"].cursor() as owner:
            owner.execute("CREATE TABLE later (id int, organisation_id bigint)")
            for _ in range(2):
                walls.raise_walls("postgresql", owner)
    finally:
        connections["owner"].close()
    with tx.transaction_of(mine), connection.cursor() as cursor:
        cursor.execute("INSERT INTO later VALUES (1, %s)", [mine.organisation_id])
    for scope, count in ((mine, 1), (other, 0)):
        with tx.transaction_of(scope), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM later")
            assert cursor.fetchone() == (count,)


@pytest.mark.parametrize("table", walls.APPEND_ONLY)
def test_what_is_append_only_is_neither_changed_nor_deleted(scope: Scope, table: str) -> None:
    """The database itself refuses to change or delete a row of the journal, a published policy
    version, an allocation or what a row said before."""
    model = next(m for m in OWNED if m._meta.db_table == table)
    with tx.transaction_of(scope):
        if not model.objects.filter(organisation_id=scope.organisation_id).exists():
            item = _an_item(scope)
            given = {"item": item} if table == "allocation" else {}
            row = row_of(model, scope.organisation_id)
            for name in [
                f.attname for f in model._meta.concrete_fields if f.is_relation and f.null
            ]:
                setattr(row, name, None)
            for name, value in given.items():
                setattr(row, name, value)
            row.save(force_insert=True)
    rows = model.objects.filter(organisation_id=scope.organisation_id)
    for work in (
        lambda: rows.update(organisation_id=scope.organisation_id),
        lambda: rows._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"):  # noqa: SIM117
            with tx.transaction_of(scope):
                work()
    with tx.transaction_of(scope):
        assert rows.exists()


def test_one_transaction_is_of_one_organisation(two: tuple[Scope, Scope]) -> None:
    """Inside a transaction of one organisation none of another can begin."""
    mine, other = two
    with tx.transaction_of(mine), tx.transaction_of(mine):
        pass
    with pytest.raises(AssertionError, match="two organisations"):  # noqa: SIM117
        with tx.transaction_of(mine), tx.transaction_of(other):
            pass


def test_who_only_reads_cannot_write_and_sees_one_picture(scope: Scope) -> None:
    """A reading transaction is refused every write, and sees nothing that was committed since."""
    with pytest.raises(DatabaseError, match=r"read-?only"), tx.reading(scope):
        tables.Policy.objects.create(organisation_id=scope.organisation_id, name="mine")
    mine = tables.Policy.objects.filter(organisation_id=scope.organisation_id)
    with tx.reading(scope):
        before = mine.count()

        def write() -> None:
            with tx.transaction_of(scope):
                tables.Policy.objects.create(organisation_id=scope.organisation_id, name="other")

        beside(write).join(20)
        assert mine.count() == before
    with tx.transaction_of(scope):
        assert mine.count() == before + 1


def _an_item(scope: Scope) -> tables.Item:
    entity = tables.Entity.objects.get(organisation_id=scope.organisation_id)
    customer = tables.Customer.objects.create(organisation_id=scope.organisation_id, reference="C")
    return tables.Item.objects.create(
        organisation_id=scope.organisation_id, entity=entity, customer=customer, kind="invoice",
        number="R-1", due_on=TODAY, currency="EUR", amount_minor=1, open_minor=1,
    )  # fmt: skip


def _count_unchecked(model: type[models.Model]) -> int:
    """Count without a transaction, as a careless caller would."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(model._meta.db_table))
        )
        return int(cursor.fetchone()[0])
