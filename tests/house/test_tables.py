"""The tables as a whole: an organisation stands first everywhere, and walls stand around it."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState

from databases import Database
from dunwell.intake import kinds
from dunwell.store import models as tables
from dunwell.store import walls

OWNED = [m for m in apps.get_app_config("store").get_models() if m is not tables.Organisation]
ONE_ROW_KEYS: dict[str, str] = {}
"""Keys and indexes that do not begin with the organisation, each with its reason: none."""


def test_every_table_belongs_to_an_organisation() -> None:
    """Every table has an organisation, and no row can be without one; but for the list of them."""
    for model in OWNED:
        field = model._meta.get_field("organisation")
        assert field.related_model is tables.Organisation
        assert not field.null, model


def test_every_key_and_index_begins_with_the_organisation() -> None:
    """A key or index that begins elsewhere would be shared by all, and slow for each."""
    for model in OWNED:
        meta = model._meta
        assert not meta.unique_together, f"{model}: write a UniqueConstraint"
        for made in (*meta.constraints, *meta.indexes):
            if isinstance(made, models.CheckConstraint) or made.name in ONE_ROW_KEYS:
                continue
            assert made.fields[0] == "organisation", f"{meta.db_table}: {made.name}"
        for field in meta.concrete_fields:
            alone = field.unique or field.db_index
            assert field.primary_key or not alone, f"{meta.db_table}.{field.name}"


def test_the_database_has_no_other_index(database: Database) -> None:
    """What stands in the database is what the models say: no index slipped in beside them."""
    wanted = {m.name for t in OWNED for m in (*t._meta.constraints, *t._meta.indexes)}
    with connection.cursor() as cursor:
        for model in OWNED:
            table = model._meta.db_table
            found = connection.introspection.get_constraints(cursor, table)
            for name, what in found.items():
                if what["foreign_key"] or what["primary_key"] or not what["columns"]:
                    continue
                if not (what["index"] or what["unique"]):
                    continue  # a check, or PostgreSQL's named NOT NULL
                assert name in wanted, f"{table}: {name} {what['columns']}"
                assert what["columns"][0] == "organisation_id", f"{table}: {name}"


def test_no_column_may_hold_a_float() -> None:
    """Money, shares and days are integers or exact text; engines round what is neither."""
    for model in OWNED:
        for field in model._meta.concrete_fields:
            assert not isinstance(field, models.FloatField), f"{model._meta.db_table}.{field.name}"


def test_amounts_are_in_minor_units() -> None:
    """A column that ends in _minor is a big integer, and no other column is an amount."""
    for model in OWNED:
        for field in model._meta.concrete_fields:
            if field.name.endswith("_minor"):
                assert isinstance(field, models.BigIntegerField), field
            assert not isinstance(field, models.DecimalField), field


OTHER_DAYS = ("on", "as_of", "retain_until")


def test_names_say_what_time_they_hold() -> None:
    """Dates end in _on (or are `on`), instants in _at (or are `at`), and lease or try times."""
    for model in OWNED:
        for field in model._meta.concrete_fields:
            name = field.name
            if isinstance(field, models.DateTimeField):
                assert name.endswith("_at") or name in ("at", "lease_until"), f"{model}: {name}"
            elif isinstance(field, models.DateField):
                assert name.endswith("_on") or name in OTHER_DAYS, f"{model}: {name}"


def test_the_migrations_say_what_the_models_say() -> None:
    """No model was changed without its migration."""
    loader = MigrationLoader(None)
    found = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), NonInteractiveMigrationQuestioner()
    ).changes(graph=loader.graph)
    changes = [o.describe() for one in found.get("store", []) for o in one.operations]
    assert changes == []


def test_the_first_migration_raises_the_walls() -> None:
    """Organisations are kept apart from the first table on (DATA.md 1.1)."""
    first = importlib.import_module("dunwell.store.migrations.0001_book").Migration
    assert first.operations[-1].code is not None
    assert "walls" in first.operations[-1].code.__code__.co_names


def test_what_is_append_only_is_a_table() -> None:
    """The list of append-only tables names tables there are, the journal among them."""
    names = {m._meta.db_table for m in OWNED}
    assert set(walls.APPEND_ONLY) <= names
    assert {"event", "seal", "policy_version"} <= set(walls.APPEND_ONLY)


FITS = {
    "customers": (tables.Customer, {"segment": "segment_given", "account_owner": "owner"}),
    "contacts": (tables.Contact, {}),
    "items": (tables.Item, {}),
    "payments": (tables.Payment, {}),
    "history": (tables.StepTaken, {}),
    "rates": (tables.FxRate, {}),
    "orders": (tables.Order, {}),
}


@pytest.mark.parametrize("kind", FITS)
def test_what_intake_lets_through_fits_its_column(kind: str) -> None:
    """A text that intake accepts is no longer than the column it goes to: SQLite would keep it,
    PostgreSQL would refuse the whole block."""
    model, renamed = FITS[kind]
    columns = {f.name: f for f in model._meta.concrete_fields}
    checked = 0
    for field in kinds.ALL[kind].fields:
        column = columns.get(renamed.get(field.name, field.name))
        if field.limit and isinstance(column, models.CharField):
            assert field.limit <= column.max_length, f"{kind}.{field.name}"
            checked += 1
    assert checked
