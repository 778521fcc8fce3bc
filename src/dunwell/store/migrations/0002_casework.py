"""Casework: agreements, measures in other systems, people's work, the end of the ladder."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0001_book"),
    ]

    operations = [
        migrations.AddField(
            model_name="entity",
            name="due_30",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="entity",
            name="paid_30",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="entity",
            name="shares_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="seed",
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="source",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="proposal",
            name="beat_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="carried",
            field=models.CharField(blank=True, default="", max_length=10),
        ),
        migrations.AddField(
            model_name="proposal",
            name="carrier",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.AddField(
            model_name="proposal",
            name="why",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="run",
            name="proposal",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="store.proposal",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="action",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="store.action",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="cause",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="task",
            name="created_by",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.AddField(
            model_name="task",
            name="done_by",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.AddField(
            model_name="task",
            name="done_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="task",
            name="escalated_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="task",
            name="escalated_to",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.AddField(
            model_name="task",
            name="item",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="store.item",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="outcome",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.AddField(
            model_name="watch",
            name="woken",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AlterField(
            model_name="task",
            name="entity",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="store.entity",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["organisation", "paid_on"], name="ix_payment_day"),
        ),
        migrations.AddIndex(
            model_name="steptaken",
            index=models.Index(
                condition=models.Q(("voided_on__isnull", False)),
                fields=["organisation", "item"],
                name="ix_step_taken_back",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["organisation", "customer", "state"], name="ix_task_customer"
            ),
        ),
        migrations.AddIndex(
            model_name="watch",
            index=models.Index(fields=["organisation", "woken"], name="ix_watch_woken"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open"), models.Q(("cause", ""), _negated=True)),
                fields=("organisation", "cause"),
                name="uq_task_cause",
            ),
        ),
        migrations.CreateModel(
            name="Alert",
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
                ("on_what", models.CharField(blank=True, default="", max_length=10)),
                ("threshold", models.CharField(blank=True, default="", max_length=60)),
                ("who", models.CharField(blank=True, default="", max_length=100)),
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("opened_on", models.DateField()),
                ("closed_on", models.DateField(null=True)),
            ],
            options={
                "db_table": "alert",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="uq_alert")
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertCrossing",
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
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.alert",
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
                ("crossed_on", models.DateField()),
                ("cleared_on", models.DateField(null=True)),
            ],
            options={
                "db_table": "alert_crossing",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "alert", "entity", "customer", "crossed_on"),
                        name="uq_alert_crossing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
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
                ("of_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("window", models.BigIntegerField()),
                ("n", models.IntegerField(default=0)),
                ("last_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "sign_in_attempt",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "of_sha256", "window"),
                        name="uq_sign_in_attempt",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Call",
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
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.contact",
                    ),
                ),
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
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.task",
                    ),
                ),
                ("channel", models.CharField(blank=True, default="phone", max_length=10)),
                ("at", models.DateTimeField()),
                ("on", models.DateField()),
                ("outcome", models.CharField(blank=True, default="", max_length=20)),
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("minutes", models.IntegerField(default=0)),
                ("follow_up_on", models.DateField(null=True)),
                (
                    "stop",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.stop",
                    ),
                ),
                ("led_to", models.JSONField(default=dict)),
                ("withdrawn_on", models.DateField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "call",
                "indexes": [
                    models.Index(
                        fields=["organisation", "entity", "customer"], name="ix_call_customer"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChecklistMark",
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
                ("case_no", models.IntegerField()),
                ("row", models.CharField(blank=True, default="", max_length=30)),
                ("state", models.CharField(blank=True, default="", max_length=10)),
                ("evidence", models.CharField(blank=True, default="", max_length=300)),
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("on", models.DateField()),
            ],
            options={
                "db_table": "checklist_mark",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "entity", "customer", "case_no", "row"),
                        name="uq_checklist_mark",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
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
                (
                    "principal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.item",
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=20)),
                ("from_on", models.DateField(null=True)),
                ("to_on", models.DateField(null=True)),
                ("basis", models.JSONField(default=dict)),
                ("waived_on", models.DateField(null=True)),
                ("waived_by", models.CharField(blank=True, default="", max_length=100)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "db_table": "claim",
                "indexes": [
                    models.Index(fields=["organisation", "principal"], name="ix_claim_principal")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "item"), name="uq_claim")
                ],
            },
        ),
        migrations.CreateModel(
            name="Credential",
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
                ("password", models.CharField(blank=True, default="", max_length=200)),
                ("has_totp", models.BooleanField(default=False)),
                ("totp_last", models.BigIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "credential",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "user"), name="uq_credential")
                ],
            },
        ),
        migrations.CreateModel(
            name="Dispute",
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
                ("covers", models.JSONField(default=list)),
                ("code", models.CharField(blank=True, default="", max_length=20)),
                ("owner", models.CharField(blank=True, default="", max_length=100)),
                ("due_on", models.DateField()),
                ("escalated_on", models.DateField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=12)),
                ("decided_on", models.DateField(null=True)),
                ("answered_on", models.DateField(null=True)),
                ("credit_note", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "dispute",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "stop"), name="uq_dispute")
                ],
            },
        ),
        migrations.CreateModel(
            name="Hook",
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
                ("url", models.CharField(blank=True, default="", max_length=500)),
                ("events", models.JSONField(default=list)),
                ("secret", models.CharField(blank=True, default="", max_length=100)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "hook",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="uq_hook")
                ],
            },
        ),
        migrations.CreateModel(
            name="Insolvency",
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
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.customer",
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=30)),
                ("filed_on", models.DateField()),
                ("court_reference", models.CharField(blank=True, default="", max_length=100)),
                ("claim_due_on", models.DateField(null=True)),
                ("claimed_on", models.DateField(null=True)),
                ("closed_on", models.DateField(null=True)),
                ("closed_reason", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "db_table": "insolvency",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "stop"), name="uq_insolvency")
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
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
                ("token_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(blank=True, default="", max_length=100)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "invitation",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "token_sha256"), name="uq_invitation"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LawRow",
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
                ("jurisdiction", models.CharField(blank=True, default="", max_length=20)),
                ("debtor_type", models.CharField(blank=True, default="", max_length=20)),
                ("creditor_role", models.CharField(blank=True, default="", max_length=20)),
                ("rule", models.CharField(blank=True, default="", max_length=40)),
                ("value", models.CharField(blank=True, default="", max_length=60)),
                ("valid_from_on", models.DateField()),
                ("valid_to_on", models.DateField(null=True)),
                ("source", models.CharField(blank=True, default="", max_length=300)),
                ("added_by", models.CharField(blank=True, default="", max_length=100)),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "db_table": "law_row",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "organisation",
                            "jurisdiction",
                            "debtor_type",
                            "creditor_role",
                            "rule",
                            "valid_from_on",
                        ),
                        name="uq_law_row",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Measure",
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
                ("items", models.JSONField(default=list)),
                ("amounts", models.JSONField(default=list)),
                ("details", models.JSONField(default=dict)),
                ("state", models.CharField(blank=True, default="proposed", max_length=12)),
                ("approval_key", models.CharField(blank=True, default="", max_length=32)),
                ("proposed_on", models.DateField()),
                ("proposed_by", models.CharField(blank=True, default="", max_length=100)),
                ("approved_on", models.DateField(null=True)),
                ("in_force_on", models.DateField(null=True)),
                ("lift_on", models.DateField(null=True)),
                ("lifted_on", models.DateField(null=True)),
                ("told_on", models.DateField(null=True)),
                ("until_on", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "db_table": "measure",
                "indexes": [
                    models.Index(
                        fields=["organisation", "entity", "customer"], name="ix_measure_customer"
                    ),
                    models.Index(fields=["organisation", "kind", "state"], name="ix_measure_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="HookCall",
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
                    "hook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.hook",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.measure",
                    ),
                ),
                ("event", models.CharField(blank=True, default="", max_length=60)),
                ("key", models.CharField(blank=True, default="", max_length=64)),
                ("body", models.TextField()),
                ("state", models.CharField(blank=True, default="ready", max_length=10)),
                ("tries", models.IntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("lease_owner", models.CharField(blank=True, default="", max_length=60)),
                ("lease_until", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("status", models.IntegerField(null=True)),
                ("evidence", models.TextField(default="")),
            ],
            options={
                "db_table": "hook_call",
                "indexes": [
                    models.Index(
                        fields=["organisation", "state", "next_try_at"], name="ix_hook_call"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="uq_hook_call")
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
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
                        null=True,
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
                ("at", models.DateTimeField()),
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("led_to", models.JSONField(default=dict)),
                ("withdrawn_on", models.DateField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "note",
                "indexes": [
                    models.Index(fields=["organisation", "customer"], name="ix_note_customer")
                ],
            },
        ),
        migrations.CreateModel(
            name="Path",
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
                ("cadence", models.CharField(blank=True, default="", max_length=60)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("opened_at", models.DateTimeField()),
                ("ended_by", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "db_table": "path",
                "indexes": [
                    models.Index(fields=["organisation", "entity", "until_on"], name="ix_path")
                ],
            },
        ),
        migrations.CreateModel(
            name="Placement",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.stop",
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.stop",
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
                ("kind", models.CharField(blank=True, default="", max_length=10)),
                ("partner", models.CharField(blank=True, default="", max_length=100)),
                ("approval_key", models.CharField(blank=True, default="", max_length=32)),
                ("placed_on", models.DateField()),
                ("items", models.JSONField(default=list)),
                ("amounts", models.JSONField(default=list)),
                ("commission_percent", models.CharField(blank=True, default="", max_length=12)),
                ("expected", models.JSONField(default=dict)),
                ("state", models.CharField(blank=True, default="placed", max_length=10)),
                ("recalled_on", models.DateField(null=True)),
                ("closed_on", models.DateField(null=True)),
                ("exported_at", models.DateTimeField(null=True)),
                ("paid_before", models.JSONField(default=list)),
                ("reported", models.JSONField(default=list)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "db_table": "placement",
                "indexes": [
                    models.Index(
                        fields=["organisation", "entity", "customer"], name="ix_placement_customer"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
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
                ("made_on", models.DateField()),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("principal_minor", models.BigIntegerField()),
                ("interest_minor", models.BigIntegerField(default=0)),
                ("fee_minor", models.BigIntegerField(default=0)),
                ("covers", models.JSONField(default=list)),
                ("origin", models.CharField(blank=True, default="", max_length=20)),
                ("approval_key", models.CharField(blank=True, default="", max_length=32)),
                ("in_force_on", models.DateField(null=True)),
                ("withdrawn_on", models.DateField(null=True)),
                ("default_on", models.DateField(null=True)),
                ("state", models.CharField(blank=True, default="asked", max_length=12)),
                ("judged_on", models.DateField(null=True)),
                ("known_to", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "plan",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "stop"), name="uq_plan")
                ],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
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
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.plan",
                    ),
                ),
                ("n", models.IntegerField()),
                ("due_on", models.DateField()),
                ("last_on", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                ("reminded_on", models.DateField(null=True)),
            ],
            options={
                "db_table": "plan_instalment",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "plan", "n"), name="uq_plan_instalment"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyDraft",
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
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("text", models.TextField()),
                ("base_n", models.IntegerField(default=0)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "policy_draft",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "name", "by"), name="uq_policy_draft"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyEffect",
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
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("as_of", models.DateField()),
                ("head", models.BigIntegerField()),
                ("state", models.CharField(blank=True, default="running", max_length=8)),
                ("seen", models.IntegerField(default=0)),
                ("whole", models.IntegerField(default=0)),
                ("began_at", models.DateTimeField()),
                ("beat_at", models.DateTimeField()),
                ("why", models.CharField(blank=True, default="", max_length=200)),
                ("body", models.BinaryField(default=b"")),
            ],
            options={
                "db_table": "policy_effect",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "name", "by"), name="uq_policy_effect"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
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
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("page", models.CharField(blank=True, default="", max_length=20)),
                ("name", models.CharField(blank=True, default="", max_length=60)),
                ("query", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "saved_filter",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "by", "page", "name"), name="uq_saved_filter"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyStory",
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
                ("policy", models.CharField(blank=True, default="", max_length=60)),
                ("name", models.CharField(blank=True, default="", max_length=60)),
                ("text", models.TextField()),
                ("by", models.CharField(blank=True, default="", max_length=100)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "policy_story",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "policy", "name"), name="uq_policy_story"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PortalLink",
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
                ("token_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(blank=True, default="", max_length=100)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "portal_link",
                "indexes": [
                    models.Index(
                        fields=["organisation", "customer"], name="ix_portal_link_customer"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "token_sha256"), name="uq_portal_link"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Promise",
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
                ("made_on", models.DateField()),
                ("by_on", models.DateField()),
                ("last_on", models.DateField()),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("covers", models.JSONField(default=list)),
                ("origin", models.CharField(blank=True, default="", max_length=20)),
                ("approval_key", models.CharField(blank=True, default="", max_length=32)),
                ("in_force_on", models.DateField(null=True)),
                ("withdrawn_on", models.DateField(null=True)),
                ("state", models.CharField(blank=True, default="open", max_length=12)),
                ("judged_on", models.DateField(null=True)),
                ("known_to", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "promise",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "stop"), name="uq_promise")
                ],
            },
        ),
        migrations.CreateModel(
            name="Reply",
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
                        null=True,
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
                ("channel", models.CharField(blank=True, default="email", max_length=10)),
                ("kind", models.CharField(blank=True, default="", max_length=12)),
                ("message_id", models.CharField(blank=True, default="", max_length=200)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("received_at", models.DateTimeField()),
                ("state", models.CharField(blank=True, default="unread", max_length=10)),
                ("evidence", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "reply",
                "indexes": [
                    models.Index(fields=["organisation", "customer"], name="ix_reply_customer")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "sha256"), name="uq_reply")
                ],
            },
        ),
        migrations.CreateModel(
            name="WebSession",
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
                ("token_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("created_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "web_session",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "token_sha256"), name="uq_web_session"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WriteOff",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.stop",
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
                ("approval_key", models.CharField(blank=True, default="", max_length=32)),
                ("items", models.JSONField(default=list)),
                ("amounts", models.JSONField(default=list)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("state", models.CharField(blank=True, default="asked", max_length=12)),
                ("proposed_by", models.CharField(blank=True, default="", max_length=100)),
                ("on", models.DateField()),
                ("reversed_on", models.DateField(null=True)),
                ("reported", models.JSONField(default=list)),
            ],
            options={
                "db_table": "write_off",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "stop"), name="uq_write_off")
                ],
            },
        ),
    ]
