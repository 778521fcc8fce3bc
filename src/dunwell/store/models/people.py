"""Who is owed, who owes, who works here; policies and calendars by version."""

from __future__ import annotations

from django.db import models

from dunwell.store.models.base import Owned, link, unique, word


class Organisation(models.Model):
    slug = models.SlugField(unique=True)
    name = word(200)

    class Meta:
        db_table = "organisation"


class Entity(Owned):
    """The legal entity that is owed. `sender` and `bank` are its letterhead and accounts.

    Of `due_30` items, `paid_30` were paid within 30 days, as counted on `shares_on`.
    `epoch` is raised when everything must be decided afresh: what was decided before it stands
    no more.
    """

    code = word(40)
    name = word(200)
    base_currency = word(3)
    time_zone = word(60, default="UTC")
    country = word(2)
    calendar = word(20)
    terms_days = models.IntegerField(default=30)
    sender = models.JSONField(default=dict)
    bank = models.JSONField(default=dict)
    feeds_required = models.JSONField(default=list)
    max_data_age_days = models.IntegerField(default=1)
    policy = word(60, default="classic")
    went_live_on = models.DateField(null=True)
    due_30 = models.IntegerField(default=0)
    paid_30 = models.IntegerField(default=0)
    shares_on = models.DateField(null=True)
    epoch = models.IntegerField(default=0)

    class Meta:
        db_table = "entity"
        constraints = [unique("entity", "code")]


class User(Owned):
    name = word(100)

    class Meta:
        db_table = "staff"
        constraints = [unique("staff", "name")]


class Membership(Owned):
    user = link("User")
    role = word(30)
    limit_minor = models.BigIntegerField(null=True)

    class Meta:
        db_table = "membership"
        constraints = [unique("membership", "user", "role")]


class Policy(Owned):
    name = word(60)

    class Meta:
        db_table = "policy"
        constraints = [unique("policy", "name")]


class PolicyVersion(Owned):
    """A published version never changes. `moves`: running cases move to it (SEMANTICS 1).

    `body` is what counts; `source` the text it was written in, for whoever writes the next one.
    """

    policy = link("Policy")
    n = models.IntegerField()
    body = models.TextField()
    source = models.TextField(default="")
    sha256 = word(64)
    published_at = models.DateTimeField()
    published_by = word(100)
    moves = models.BooleanField(default=True)

    class Meta:
        db_table = "policy_version"
        constraints = [unique("policy_version", "policy", "n")]


class CalendarVersion(Owned):
    """The closed days of a country, kept by version so that a replay finds the same ones."""

    code = word(20)
    n = models.IntegerField()
    closed = models.JSONField(default=list)

    class Meta:
        db_table = "calendar_version"
        constraints = [unique("calendar_version", "code", "n")]


class Customer(Owned):
    """Who owes; name and addresses stand in `personal`."""

    reference = word(100)
    country = word(2)
    region = word(100)
    time_zone = word(60)
    language = word(2)
    currency = word(3)
    natural_person = models.BooleanField(default=False)
    terms_days = models.IntegerField(null=True)
    revenue_minor = models.BigIntegerField(null=True)
    strategic = models.BooleanField(default=False)
    owner = word(100)
    payment_method = word(40)
    credit_limit_minor = models.BigIntegerField(null=True)
    parent = word(100)
    pays_via_parent = models.BooleanField(default=False)
    segment_given = word(40)
    grade_given = word(20)
    is_stub = models.BooleanField(default=False)

    class Meta:
        db_table = "customer"
        constraints = [unique("customer", "reference")]
        indexes = [
            models.Index(
                fields=["organisation", "parent"],
                name="ix_customer_child",
                condition=models.Q(pays_via_parent=True),
            )
        ]


class Contact(Owned):
    """A person at a customer. One with role `ap` and no name is the customer's own address."""

    customer = link("Customer")
    role = word(20, default="ap")
    number = models.IntegerField(default=0)
    language = word(2)
    best_time = word(40)

    class Meta:
        db_table = "contact"
        constraints = [unique("contact", "customer", "role", "number")]


class Route(Owned):
    """A way to reach a contact; the address itself is personal."""

    contact = link("Contact")
    channel = word(10)
    consent = models.BooleanField(default=True)
    invalid_on = models.DateField(null=True)
    invalid_reason = word(40)

    class Meta:
        db_table = "route"
        constraints = [unique("route", "contact", "channel")]
