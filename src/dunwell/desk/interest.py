"""Interest and fixed compensation on late items: what would be claimed, posted, waived.

Off by default. What a claim rests on (days, principal, rates, rows of law with their sources) is
kept with it. Interest is counted from the first day on and rounded once for the item; what was
claimed before is taken off, so that claims of an item add up to the cent. Origin: SEMANTICS 13.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from dunwell.core import claims, law, money
from dunwell.core import policy as policies
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import accounts, named
from dunwell.desk import law as desk_law
from dunwell.store import models, tx
from dunwell.store import policies as store_policies
from dunwell.store.records import claims as records
from dunwell.store.records import questions


class Found(NamedTuple):
    """One late item with what may be claimed on it now, or why nothing may.

    `interest_minor` and `fixed_minor` are what is left to claim, `claimed_minor` the interest
    claimed before, `fixed_row` the row a fixed sum rests on, `since` the first day of this claim.
    """

    account: accounts.Account
    terms: claims.Terms
    interest: claims.Interest
    since: dt.date
    to: dt.date
    interest_minor: int
    fixed_minor: int = 0
    fixed_row: law.Row | None = None
    why_not: Refused | None = None


def listed(
    scope: Scope,
    *,
    customer: str | None,
    entity: str | None,
    as_of: dt.date,
    with_paid: bool,
) -> list[dict[str, Any]]:
    """List what would be claimed on each late item, the oldest first, or why nothing is.

    Raises: Refused where interest is off, or where no item can be counted for want of a row.
    """
    with tx.reading(scope):
        found = _found(scope, customer=customer, entity=entity, as_of=as_of, with_paid=with_paid)
    lacking = [f.why_not for f in found if f.why_not and f.why_not.reason == "no_rate_row"]
    if lacking and len(lacking) == len(found):
        raise lacking[0]
    return [as_plain(f) for f in found]


def claiming(scope: Scope) -> list[str]:
    """Return the codes of the entities that claim interest: none by default."""
    with tx.reading(scope):
        return sorted(e.code for e, _ in _claiming(scope))


def of_customers(
    scope: Scope, references: Collection[str], *, as_of: dt.date
) -> dict[str, list[dict[str, Any]]]:
    """Return what would be claimed from some customers today, by reference; in few queries."""
    with tx.reading(scope):
        entities, rows = {e.pk: s for e, s in _claiming(scope)}, desk_law.of(scope)
        ids = models.Customer.objects.filter(
            organisation_id=scope.organisation_id, reference__in=list(references)
        ).values_list("pk", flat=True)
        late = accounts.load(
            scope, entities=list(entities), customers=list(ids), as_of=as_of, with_paid=False
        )
        found: dict[str, list[dict[str, Any]]] = {r: [] for r in references}
        for a in late:
            one = _one(a, entities[a.item.entity_id], rows, as_of)
            found[a.item.customer.reference].append(as_plain(one))
    return found


def open_claims(
    scope: Scope,
    customer: str,
    *,
    items: Sequence[str],
    entity: str | None,
    as_of: dt.date,
    on: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """Claim interest and compensation through a day: post it, or ask the role that approves.

    Raises: Refused where interest is off, nothing is left to claim, a named item bears none, no
    row of law covers a day, or the day lies ahead.
    """
    if as_of > on:
        raise Refused("date_ahead", f"no interest has run up to {as_of} yet; it is {on}")
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        wanted = named.items(scope, who, items, entity_code=entity)
        where = named.entity_for(scope, who, entity, wanted)
        found = _found(
            scope, customer=customer, entity=where.code, as_of=as_of, with_paid=True,
            items=[i.pk for i in wanted],
        )  # fmt: skip
        ready = _ready(found, named_ones=bool(items))
        if not ready:
            raise Refused(
                "nothing_to_claim", f"nothing is left to claim from {customer} by {as_of}"
            )
        settings = _settings(scope, where)
        if settings.approve is None:
            return _posted(_post(scope, ready, on=on, now=now))
        ids = [f.account.item.pk for f in ready]
        key = questions.ask(
            scope, "interest", cause=f"{who.pk}:{where.pk}:{as_of}:{ids}", role=settings.approve,
            entity_id=where.pk, customer_id=who.pk, items=ids, amounts=_sums(ready), on=on, at=now,
            step=as_of.isoformat(),
        )  # fmt: skip
    return {"id": None, "state": "asked", "key": key, "approval": settings.approve,
            "claims": [], "amounts": _amounts(ready)}  # fmt: skip


def granted(scope: Scope, row: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Post what was approved, with fresh figures (SEMANTICS 6.2: what only fell stands).

    Raises: Refused where it would be more than was approved.
    """
    to = dt.date.fromisoformat(row.step)
    found = _found(
        scope, customer=row.customer.reference, entity=row.entity.code, as_of=to, with_paid=True,
        items=row.items,
    )  # fmt: skip
    ready = _ready(found, named_ones=False)
    most = {currency: minor for currency, minor in row.amounts}
    if any(minor > most.get(currency, 0) for currency, minor in _sums(ready)):
        raise Refused("amount_rose", "more would be claimed by now than was asked: open it again")
    if ready:
        _post(scope, ready, on=as_of, now=now)


def waive(
    scope: Scope, claim_id: int, *, reason: str, on: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Give up what is open of a claim, by name; its history is kept.

    Raises: Refused for an unknown claim, one with nothing open, or without a reason.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say why it is given up: --reason")
    with tx.transaction_of(scope):
        claim = _claim(scope, claim_id)
        minor = records.waive(scope, claim, reason=reason.strip(), on=on, at=now)
        return {"id": claim.pk, "state": "waived", "number": claim.item.number,
                "currency": claim.item.currency, "amount_minor": minor}  # fmt: skip


def shown(scope: Scope, claim_id: int) -> dict[str, Any]:
    """Return a claim with all it rests on, line by line. Raises: Refused for an unknown one."""
    with tx.reading(scope):
        c = _claim(scope, claim_id)
        return _shown(c) | {"basis": c.basis}


def posted(scope: Scope, customer: str) -> list[dict[str, Any]]:
    """Return what was claimed from a customer, newest first. Raises: Refused for no customer."""
    with tx.reading(scope):
        rows = models.Claim.objects.filter(
            organisation_id=scope.organisation_id, item__customer=named.customer(scope, customer)
        ).select_related("item__customer", "item__entity", "principal")
        return [_shown(c) for c in rows.order_by("-pk")]


def _shown(c: models.Claim) -> dict[str, Any]:
    return {
        "id": c.pk,
        "number": c.item.number,
        "kind": c.kind,
        "customer": c.item.customer.reference,
        "entity": c.item.entity.code,
        "on_item": records.label(c.principal),
        "currency": c.item.currency,
        "amount_minor": c.item.amount_minor,
        "open_minor": c.item.open_minor,
        "from_on": c.from_on,
        "to_on": c.to_on,
        "posted_on": c.item.issued_on,
        "state": "waived" if c.waived_on else "open" if c.item.open_minor else "paid",
        "waived_on": c.waived_on,
        "waived_by": c.waived_by,
        "reason": c.reason,
    }


def _claim(scope: Scope, claim_id: int) -> models.Claim:
    row = (
        models.Claim.objects.filter(organisation_id=scope.organisation_id, pk=claim_id)
        .select_related("item__customer", "item__entity", "principal")
        .first()
    )
    if row is None:
        raise Refused("unknown_claim", f"no claim {claim_id}; `dunwell interest open` posts them")
    return row


# --- what would be claimed -----------------------------------------------------------------------


def _found(
    scope: Scope,
    *,
    customer: str | None,
    entity: str | None,
    as_of: dt.date,
    with_paid: bool,
    items: Sequence[int] = (),
) -> list[Found]:
    """Count every late item of the entities that claim interest; inside a transaction."""
    who = [named.customer(scope, customer).pk] if customer else None
    entities = {
        e.pk: settings for e, settings in _claiming(scope) if entity is None or e.code == entity
    }
    if not entities:
        if entity:
            named.entity(scope, entity)
        raise Refused(
            "interest_off",
            "no interest is claimed: set settings.interest.enabled in the entity's policy and "
            "publish it",
        )
    rows = desk_law.of(scope)
    late = accounts.load(
        scope, entities=list(entities), customers=who, as_of=as_of, with_paid=with_paid,
        items=items,
    )  # fmt: skip
    return [_one(a, entities[a.item.entity_id], rows, as_of) for a in late]


def _claiming(scope: Scope) -> list[tuple[models.Entity, policies.InterestDoc]]:
    """Return the entities that claim interest, with what their policy says of it."""
    return [
        (e, settings)
        for e in models.Entity.objects.filter(organisation_id=scope.organisation_id)
        if (settings := _settings(scope, e)).enabled
    ]


def _settings(scope: Scope, entity: models.Entity) -> policies.InterestDoc:
    return store_policies.current(scope, entity.policy)[1].settings.interest


def _one(
    account: accounts.Account, settings: policies.InterestDoc, rows: law.Law, as_of: dt.date
) -> Found:
    """Count one item; what the law or the policy forbids is said beside it."""
    terms = _terms(account, settings, rows)
    days = rows.find("term_days", country=terms.country, on=account.item.due_on)
    first = claims.late_from(
        account.item.due_on, issued_on=account.item.issued_on, is_agreed=account.is_agreed,
        term_days=int(days.value) if days else 30,
    )  # fmt: skip
    since = account.claimed.to + claims.DAY if account.claimed.to else first
    nothing = Found(account, terms, claims.Interest(()), since, as_of, 0)
    try:
        if account.item.customer.natural_person and not settings.natural_persons:
            raise Refused(
                "natural_person",
                f"{account.item.customer.reference} is a natural person, and the policy claims "
                "nothing from those (settings.interest.natural_persons)",
            )
        claims.may_claim(terms, on=first)
        fixed = _fixed(account, settings, terms, first, as_of)
        debt = account.debt(late_from=first, costs_minor=fixed[0] if fixed else 0)
        interest = claims.accrue(debt, terms, to=as_of)
    except Refused as error:
        return nothing._replace(why_not=error)
    left = max(0, interest.minor - account.claimed.minor)
    is_claimed = fixed is None or account.claimed.has_fixed or not interest.lines
    found = nothing._replace(
        interest=interest,
        interest_minor=left,
        fixed_minor=0 if is_claimed or fixed is None else fixed[0],
        fixed_row=None if is_claimed or fixed is None else fixed[1],
    )
    total = left + found.fixed_minor
    if total and total < policies.minor(settings.minimum, account.item.currency):
        return found._replace(why_not=_below(settings, account.item.currency))
    return found


def _below(settings: policies.InterestDoc, currency: str) -> Refused:
    return Refused("below_minimum", f"less than {currency} {settings.minimum} is not claimed")


def _terms(
    account: accounts.Account, settings: policies.InterestDoc, rows: law.Law
) -> claims.Terms:
    """Return the terms of an item: the policy's, and where it says so the law's."""
    item = account.item
    is_entitys = settings.law_of == "entity" or not item.customer.country
    country = item.entity.country if is_entitys else item.customer.country
    mode: claims.Mode = "floating"
    order: claims.Order = "principal"
    if settings.half_year != "law":
        mode = settings.half_year
    elif row := rows.find("rate_mode", country=country, on=item.due_on):
        mode = row.value  # type: ignore[assignment]  # `law.check` has looked at it
    if settings.allocation != "law":
        order = settings.allocation
    elif row := rows.find("allocation", country=country, on=item.due_on):
        order = row.value  # type: ignore[assignment]  # as above
    return claims.Terms(
        law=rows,
        country=country,
        debtor_type=claims.debtor_type(natural_person=item.customer.natural_person),
        mode=mode,
        order=order,
        day_count=settings.day_count,
        is_rounded_daily=settings.rounding == "daily",
        flat=settings.contract_rate,
        margin=settings.contract_margin,
    )


def _fixed(
    account: accounts.Account,
    settings: policies.InterestDoc,
    terms: claims.Terms,
    first: dt.date,
    as_of: dt.date,
) -> tuple[int, law.Row] | None:
    """Return the fixed sum of an item that is late, where the policy claims it."""
    if not settings.compensation or as_of < first:
        return None
    return claims.fixed_sum(
        terms.law, country=terms.country, debtor=terms.debtor_type, on=first,
        debt_minor=account.late_minor(first), currency=account.item.currency,
    )  # fmt: skip


# --- posting -------------------------------------------------------------------------------------


def _ready(found: Sequence[Found], *, named_ones: bool) -> list[Found]:
    """Return what can be claimed now. Raises: Refused for what must not be passed over."""
    for f in found:
        if f.why_not and (named_ones or f.why_not.reason == "no_rate_row"):
            raise f.why_not
    return [f for f in found if not f.why_not and (f.interest_minor or f.fixed_minor)]


def _post(
    scope: Scope, ready: Sequence[Found], *, on: dt.date, now: dt.datetime
) -> list[models.Claim]:
    wanted: list[records.Wanted] = []
    for f in ready:
        basis, principal = as_plain(f), f.account.item
        if f.interest_minor:
            wanted.append(
                records.Wanted(principal, "interest", f.interest_minor, f.since, f.to, basis)
            )
        if f.fixed_minor and f.fixed_row:
            fixed = {"rows": [desk_law.as_plain(f.fixed_row)],
                     "principal_minor": f.account.principal_minor}  # fmt: skip
            wanted.append(
                records.Wanted(principal, "compensation", f.fixed_minor, f.since, f.to, fixed)
            )
    return records.post(scope, wanted, on=on, at=now)


def _posted(made: Sequence[models.Claim]) -> dict[str, Any]:
    return {
        "id": made[0].pk,
        "state": "posted",
        "key": None,
        "approval": None,
        "claims": [
            {"id": c.pk, "number": c.item.number, "kind": c.kind, "currency": c.item.currency,
             "amount_minor": c.item.amount_minor}
            for c in made
        ],
        "amounts": _plain_amounts((c.item.currency, c.item.amount_minor) for c in made),
    }  # fmt: skip


def _sums(ready: Sequence[Found]) -> list[tuple[str, int]]:
    pairs = ((f.account.item.currency, f.interest_minor + f.fixed_minor) for f in ready)
    return list(money.by_currency(pairs).items())


def _amounts(ready: Sequence[Found]) -> list[dict[str, Any]]:
    return _plain_amounts(_sums(ready))


def _plain_amounts(pairs: Any) -> list[dict[str, Any]]:
    sums = money.by_currency(pairs)
    return [{"currency": c, "amount_minor": m} for c, m in sums.items()]


def as_plain(f: Found) -> dict[str, Any]:
    """Return what was found as plain data: what JSON prints, and a claim keeps as its basis."""
    item, terms = f.account.item, f.terms
    return {
        "customer": item.customer.reference,
        "entity": item.entity.code,
        "item": records.label(item),
        "currency": item.currency,
        "due_on": item.due_on.isoformat(),
        "from_on": f.since.isoformat(),
        "to_on": f.to.isoformat(),
        "principal_minor": f.account.principal_minor,
        "days": sum(x.days for x in f.interest.lines),
        "jurisdiction": terms.country,
        "debtor_type": terms.debtor_type,
        "half_year": terms.mode,
        "allocation": terms.order,
        "day_count": terms.day_count,
        "rounding": "daily" if terms.is_rounded_daily else "once",
        "lines": [_line(x, item.currency) for x in f.interest.lines],
        "interest_exact": claims.exact_text(f.interest.exact, item.currency),
        "interest_so_far_minor": f.interest.minor,
        "claimed_minor": f.account.claimed.minor,
        "interest_minor": f.interest_minor,
        "compensation_minor": f.fixed_minor,
        "compensation_row": desk_law.as_plain(f.fixed_row) if f.fixed_row else None,
        "why_not": ({"reason": f.why_not.reason, "text": str(f.why_not)} if f.why_not else None),
    }


def _line(x: claims.Line, currency: str) -> dict[str, Any]:
    return {
        "first_on": x.first.isoformat(),
        "last_on": x.last.isoformat(),
        "days": x.days,
        "principal": claims.exact_text(x.principal, currency),
        "rate_percent": claims.percent(x.rate.percent),
        "interest": claims.exact_text(x.interest, currency),
        "rows": [desk_law.as_plain(r) for r in x.rate.rows],
    }
