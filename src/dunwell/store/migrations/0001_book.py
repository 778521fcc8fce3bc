"""The first schema: every table with its keys and indexes, and the walls around them."""

import datetime
import django.db.models.deletion
from django.db import migrations, models

from dunwell.store import walls


def _raise_walls(_apps, schema_editor):
    """Keep organisations apart from the first table on (DATA.md 1.1)."""
    with schema_editor.connection.cursor() as cursor:
        walls.raise_walls(schema_editor.connection.vendor, cursor)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Organisation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(unique=True)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "db_table": "organisation",
            },
        ),
        migrations.CreateModel(
            name="Entity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("code", models.CharField(blank=True, default="", max_length=40)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("base_currency", models.CharField(blank=True, default="", max_length=3)),
                ("time_zone", models.CharField(blank=True, default="UTC", max_length=60)),
                ("country", models.CharField(blank=True, default="", max_length=2)),
                ("calendar", models.CharField(blank=True, default="", max_length=20)),
                ("terms_days", models.IntegerField(default=30)),
                ("sender", models.JSONField(default=dict)),
                ("bank", models.JSONField(default=dict)),
                ("feeds_required", models.JSONField(default=list)),
                ("max_data_age_days", models.IntegerField(default=1)),
                ("policy", models.CharField(blank=True, default="classic", max_length=60)),
                ("went_live_on", models.DateField(null=True)),
                ("epoch", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "entity",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "code"), name="uq_entity")
                ],
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("reference", models.CharField(blank=True, default="", max_length=100)),
                ("country", models.CharField(blank=True, default="", max_length=2)),
                ("region", models.CharField(blank=True, default="", max_length=100)),
                ("time_zone", models.CharField(blank=True, default="", max_length=60)),
                ("language", models.CharField(blank=True, default="", max_length=2)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("natural_person", models.BooleanField(default=False)),
                ("terms_days", models.IntegerField(null=True)),
                ("revenue_minor", models.BigIntegerField(null=True)),
                ("strategic", models.BooleanField(default=False)),
                ("owner", models.CharField(blank=True, default="", max_length=100)),
                ("payment_method", models.CharField(blank=True, default="", max_length=40)),
                ("credit_limit_minor", models.BigIntegerField(null=True)),
                ("parent", models.CharField(blank=True, default="", max_length=100)),
                ("pays_via_parent", models.BooleanField(default=False)),
                ("segment_given", models.CharField(blank=True, default="", max_length=40)),
                ("grade_given", models.CharField(blank=True, default="", max_length=20)),
                ("is_stub", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "customer",
                "indexes": [
                    models.Index(
                        condition=models.Q(("pays_via_parent", True)),
                        fields=["organisation", "parent"],
                        name="ix_customer_child",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "reference"), name="uq_customer"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("as_of", models.DateField()),
                ("at", models.DateTimeField()),
                ("mode", models.CharField(blank=True, default="", max_length=12)),
                ("gate", models.CharField(blank=True, default="", max_length=200)),
                ("counts", models.JSONField(default=dict)),
                ("by", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "run",
                "indexes": [models.Index(fields=["organisation", "as_of"], name="ix_run")],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=60)),
            ],
            options={
                "db_table": "policy",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="uq_policy")
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.policy",
                    ),
                ),
                ("n", models.IntegerField()),
                ("body", models.TextField()),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(blank=True, default="", max_length=100)),
                ("moves", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "policy_version",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "policy", "n"), name="uq_policy_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.run",
                    ),
                ),
                ("as_of", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("verdict", models.CharField(blank=True, default="", max_length=4)),
                ("reason", models.CharField(blank=True, default="", max_length=24)),
                ("step", models.CharField(blank=True, default="", max_length=42)),
                ("look_again_on", models.DateField(null=True)),
                ("body", models.BinaryField()),
                ("facts", models.BinaryField()),
                (
                    "policy_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.policyversion",
                    ),
                ),
                ("rules", models.IntegerField()),
                ("in_force", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "decision",
                "indexes": [
                    models.Index(
                        fields=["organisation", "entity", "customer", "as_of"],
                        name="ix_decision_customer",
                    ),
                    models.Index(
                        condition=models.Q(("in_force", True)),
                        fields=["organisation", "entity", "customer"],
                        name="ix_decision_in_force",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("role", models.CharField(blank=True, default="ap", max_length=20)),
                ("number", models.IntegerField(default=0)),
                ("language", models.CharField(blank=True, default="", max_length=2)),
                ("best_time", models.CharField(blank=True, default="", max_length=40)),
            ],
            options={
                "db_table": "contact",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "customer", "role", "number"), name="uq_contact"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.decision",
                    ),
                ),
                ("key", models.CharField(blank=True, default="", max_length=32)),
                ("channel", models.CharField(blank=True, default="", max_length=10)),
                ("to_role", models.CharField(blank=True, default="", max_length=30)),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.contact",
                    ),
                ),
                ("step", models.CharField(blank=True, default="", max_length=42)),
                ("takes_step", models.BooleanField(default=False)),
                ("template", models.CharField(blank=True, default="", max_length=60)),
                ("send_at", models.DateTimeField()),
                ("state", models.CharField(blank=True, default="ready", max_length=10)),
                ("lease_owner", models.CharField(blank=True, default="", max_length=60)),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("handed_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("approved_by", models.CharField(blank=True, default="", max_length=100)),
                ("attempt_of", models.CharField(blank=True, default="", max_length=120)),
            ],
            options={
                "db_table": "action",
                "indexes": [
                    models.Index(
                        fields=["organisation", "state", "send_at"], name="ix_action_state"
                    ),
                    models.Index(
                        fields=["organisation", "entity", "customer", "state"],
                        name="ix_action_customer",
                    ),
                    models.Index(fields=["organisation", "decision"], name="ix_action_decision"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "cancelled"), _negated=True),
                        fields=("organisation", "key"),
                        name="uq_action_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("reference", models.CharField(blank=True, default="", max_length=200)),
                ("kind", models.CharField(blank=True, default="payment", max_length=10)),
                ("reverses", models.CharField(blank=True, default="", max_length=200)),
                ("paid_on", models.DateField()),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("unapplied_minor", models.BigIntegerField(default=0)),
                ("reversed_on", models.DateField(null=True)),
            ],
            options={
                "db_table": "payment",
                "indexes": [
                    models.Index(
                        fields=["organisation", "customer", "paid_on"], name="ix_payment_customer"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "reference"), name="uq_payment"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0), ("unapplied_minor__gte", 0)),
                        name="ck_payment_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=12)),
                ("number", models.CharField(blank=True, default="", max_length=100)),
                ("part", models.CharField(blank=True, default="", max_length=20)),
                ("issued_on", models.DateField(null=True)),
                ("due_on", models.DateField()),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("open_minor", models.BigIntegerField()),
                ("taken", models.TextField(default="")),
                ("step", models.CharField(blank=True, default="", max_length=42)),
                ("step_on", models.DateField(null=True)),
                ("closed_on", models.DateField(null=True)),
                ("applies_to", models.CharField(blank=True, default="", max_length=100)),
                ("go_live_on", models.DateField(null=True)),
                ("po_number", models.CharField(blank=True, default="", max_length=100)),
                ("payment_method", models.CharField(blank=True, default="", max_length=40)),
                ("description", models.CharField(blank=True, default="", max_length=500)),
                ("document", models.CharField(blank=True, default="", max_length=500)),
                ("undelivered_on", models.DateField(null=True)),
                ("paid_gaps", models.JSONField(null=True)),
                ("is_plain", models.BooleanField(default=True)),
                ("due_derived", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "item",
                "indexes": [
                    models.Index(
                        condition=models.Q(("open_minor__gt", 0)),
                        fields=[
                            "organisation",
                            "entity",
                            "customer",
                            "kind",
                            "currency",
                            "due_on",
                            "open_minor",
                            "is_plain",
                            "applies_to",
                            "go_live_on",
                            "taken",
                            "issued_on",
                        ],
                        name="ix_item_look",
                    ),
                    models.Index(fields=["organisation", "number"], name="ix_item_number"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "customer", "kind", "number", "part"),
                        name="uq_item",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0), ("open_minor__gte", 0)),
                        name="ck_item_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.payment",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.item",
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("on", models.DateField()),
                ("source", models.CharField(blank=True, default="payment", max_length=10)),
            ],
            options={
                "db_table": "allocation",
                "indexes": [
                    models.Index(fields=["organisation", "item"], name="ix_allocation_item"),
                    models.Index(fields=["organisation", "payment"], name="ix_allocation_payment"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("what", models.CharField(blank=True, default="", max_length=24)),
                ("step", models.CharField(blank=True, default="", max_length=42)),
                ("key", models.CharField(blank=True, default="", max_length=32)),
                ("role", models.CharField(blank=True, default="", max_length=30)),
                ("items", models.JSONField(default=list)),
                ("amounts", models.JSONField(default=list)),
                ("takes", models.JSONField(default=list)),
                ("asked_on", models.DateField()),
                ("proposed_by", models.CharField(blank=True, default="", max_length=100)),
                ("state", models.CharField(blank=True, default="asked", max_length=10)),
                ("decided_on", models.DateField(null=True)),
                ("decided_by", models.CharField(blank=True, default="", max_length=100)),
                ("until_on", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
            ],
            options={
                "db_table": "approval",
                "indexes": [
                    models.Index(
                        fields=["organisation", "entity", "customer"], name="ix_approval_customer"
                    ),
                    models.Index(fields=["organisation", "key"], name="ix_approval_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("segment", models.CharField(blank=True, default="", max_length=40)),
                ("grade", models.CharField(blank=True, default="", max_length=20)),
                ("since_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
                ("inputs", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "assessment",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "customer", "since_on"),
                        name="uq_assessment",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("code", models.CharField(blank=True, default="", max_length=20)),
                ("n", models.IntegerField()),
                ("closed", models.JSONField(default=list)),
            ],
            options={
                "db_table": "calendar_version",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "code", "n"), name="uq_calendar_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("no", models.IntegerField()),
                (
                    "policy_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.policyversion",
                    ),
                ),
                ("cadence", models.CharField(blank=True, default="", max_length=60)),
                ("opened_on", models.DateField()),
                ("closed_on", models.DateField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=30)),
                ("version", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "dunning_case",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "customer", "no"), name="uq_case"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on__isnull", True)),
                        fields=("organisation", "entity", "customer"),
                        name="uq_case_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseWait",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("step", models.CharField(blank=True, default="", max_length=42)),
                ("since_on", models.DateField()),
            ],
            options={
                "db_table": "case_wait",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "customer", "step"), name="uq_case_wait"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Done",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=20)),
                ("on", models.DateField()),
                ("channel", models.CharField(blank=True, default="", max_length=10)),
                ("outcome", models.CharField(blank=True, default="", max_length=20)),
            ],
            options={
                "db_table": "done",
                "indexes": [
                    models.Index(
                        fields=["organisation", "entity", "customer"], name="ix_done_customer"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DueBin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("due_on", models.DateField()),
                ("kind", models.CharField(blank=True, default="", max_length=12)),
                ("open_minor", models.BigIntegerField(default=0)),
                ("n", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "due_bin",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "currency", "due_on", "kind"),
                        name="uq_due_bin",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(blank=True, default="", max_length=100)),
                ("verb", models.CharField(blank=True, default="", max_length=40)),
                ("refs", models.TextField()),
                ("commitment", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "db_table": "event",
                "indexes": [models.Index(fields=["organisation", "id"], name="ix_event")],
            },
        ),
        migrations.CreateModel(
            name="FxRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("base", models.CharField(blank=True, default="", max_length=3)),
                ("on", models.DateField()),
                ("rate", models.CharField(blank=True, default="", max_length=40)),
            ],
            options={
                "db_table": "fx_rate",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "currency", "base", "on"), name="uq_fx_rate"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="History",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("table", models.CharField(blank=True, default="", max_length=30)),
                ("row", models.BigIntegerField()),
                ("former", models.JSONField()),
                ("recorded_at", models.DateTimeField()),
                ("actor", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "history",
                "indexes": [
                    models.Index(fields=["organisation", "table", "row"], name="ix_history")
                ],
            },
        ),
        migrations.CreateModel(
            name="Idempotency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("key", models.CharField(blank=True, default="", max_length=100)),
                ("verb", models.CharField(blank=True, default="", max_length=40)),
                ("request_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("response", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "idempotency",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="uq_idempotency")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=12)),
                ("file", models.CharField(blank=True, default="", max_length=300)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("as_of", models.DateField()),
                ("at", models.DateTimeField()),
                ("state", models.CharField(blank=True, default="", max_length=12)),
                ("counts", models.JSONField(default=dict)),
                ("control_totals", models.JSONField(default=dict)),
                ("actor", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "import_batch",
                "indexes": [
                    models.Index(fields=["organisation", "state", "kind"], name="ix_import_batch")
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "staff",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="uq_staff")
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.user",
                    ),
                ),
                ("role", models.CharField(blank=True, default="", max_length=30)),
                ("limit_minor", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "membership",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "user", "role"), name="uq_membership"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("number", models.CharField(blank=True, default="", max_length=100)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("ordered_on", models.DateField(null=True)),
                ("status", models.CharField(blank=True, default="", max_length=40)),
            ],
            options={
                "db_table": "sales_order",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "customer", "number"),
                        name="uq_sales_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Outreach",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("on", models.DateField()),
                ("tone", models.CharField(blank=True, default="", max_length=10)),
                ("channel", models.CharField(blank=True, default="", max_length=10)),
                ("step", models.CharField(blank=True, default="", max_length=42)),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.action",
                    ),
                ),
                ("by_hand", models.BooleanField(default=False)),
                ("reached", models.BooleanField(default=True)),
                ("voided_on", models.DateField(null=True)),
            ],
            options={
                "db_table": "outreach",
                "indexes": [
                    models.Index(
                        fields=["organisation", "entity", "customer", "on"],
                        name="ix_outreach_customer",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Personal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("subject", models.CharField(blank=True, default="", max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("field", models.CharField(blank=True, default="", max_length=20)),
                ("salt", models.BinaryField(null=True)),
                ("body", models.BinaryField(null=True)),
                ("retain_until", models.DateField(null=True)),
                ("legal_hold", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "db_table": "personal",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "subject", "subject_id", "field"),
                        name="uq_personal",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("as_of", models.DateField()),
                ("at", models.DateTimeField()),
                ("state", models.CharField(blank=True, default="saved", max_length=12)),
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("body", models.BinaryField()),
                ("dropped", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "proposal",
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.action",
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=12)),
                ("at", models.DateTimeField()),
                ("evidence", models.TextField(default="")),
                ("message_sha256", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "db_table": "receipt",
                "indexes": [
                    models.Index(fields=["organisation", "action"], name="ix_receipt_action")
                ],
            },
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.contact",
                    ),
                ),
                ("channel", models.CharField(blank=True, default="", max_length=10)),
                ("consent", models.BooleanField(default=True)),
                ("invalid_on", models.DateField(null=True)),
                ("invalid_reason", models.CharField(blank=True, default="", max_length=40)),
            ],
            options={
                "db_table": "route",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "contact", "channel"), name="uq_route"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("n", models.IntegerField()),
                ("upto", models.BigIntegerField()),
                ("events", models.IntegerField()),
                ("prev", models.CharField(blank=True, default="", max_length=64)),
                ("hash", models.CharField(blank=True, default="", max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "seal",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "n"), name="uq_seal")
                ],
            },
        ),
        migrations.CreateModel(
            name="Secret",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=60)),
                ("key_id", models.CharField(blank=True, default="", max_length=16)),
                ("ciphertext", models.BinaryField()),
            ],
            options={
                "db_table": "secret",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="uq_secret")
                ],
            },
        ),
        migrations.CreateModel(
            name="StagedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.importbatch",
                    ),
                ),
                ("n", models.IntegerField()),
                ("body", models.BinaryField()),
            ],
            options={
                "db_table": "staged_row",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "batch", "n"), name="uq_staged_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StepTaken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.item",
                    ),
                ),
                ("step", models.CharField(blank=True, default="", max_length=42)),
                ("on", models.DateField()),
                ("tone", models.CharField(blank=True, default="", max_length=10)),
                ("phase", models.CharField(blank=True, default="", max_length=8)),
                ("named_on", models.DateField(null=True)),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.action",
                    ),
                ),
                ("source", models.CharField(blank=True, default="action", max_length=12)),
                ("voided_on", models.DateField(null=True)),
                ("void_reason", models.CharField(blank=True, default="", max_length=60)),
            ],
            options={
                "db_table": "step_taken",
                "indexes": [
                    models.Index(
                        condition=models.Q(("voided_on__isnull", False)),
                        fields=["organisation", "action"],
                        name="ix_step_taken_voided",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("voided_on__isnull", True)),
                        fields=("organisation", "item", "step"),
                        name="uq_step_taken_live",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=24)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
                ("ended_on", models.DateField(null=True)),
                ("clock_until_on", models.DateField(null=True)),
                ("gives_back", models.BooleanField(default=False)),
                ("state", models.CharField(blank=True, default="open", max_length=20)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("review_on", models.DateField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "stop",
                "indexes": [
                    models.Index(fields=["organisation", "customer"], name="ix_stop_customer")
                ],
            },
        ),
        migrations.CreateModel(
            name="StopItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "stop",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.stop",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.item",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "stop_item",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "stop", "item"), name="uq_stop_item"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=30)),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("owner", models.CharField(blank=True, default="", max_length=100)),
                ("deputy", models.CharField(blank=True, default="", max_length=100)),
                ("due_on", models.DateField()),
                ("state", models.CharField(blank=True, default="open", max_length=10)),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("created_on", models.DateField()),
            ],
            options={
                "db_table": "task",
                "indexes": [
                    models.Index(fields=["organisation", "state", "due_on"], name="ix_task")
                ],
            },
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.organisation",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.entity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("epoch", models.IntegerField(default=0)),
                ("look_on", models.DateField(default=datetime.date(1, 1, 1))),
                ("decided_on", models.DateField(null=True)),
                ("verdict", models.CharField(blank=True, default="", max_length=4)),
                ("reason", models.CharField(blank=True, default="", max_length=24)),
                ("also", models.CharField(blank=True, default="", max_length=200)),
                ("look_again_on", models.DateField(null=True)),
            ],
            options={
                "db_table": "watch",
                "indexes": [
                    models.Index(
                        fields=["organisation", "entity", "epoch", "look_on", "customer"],
                        name="ix_watch",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "customer"), name="uq_watch"
                    )
                ],
            },
        ),
        migrations.RunPython(_raise_walls, migrations.RunPython.noop),
    ]
