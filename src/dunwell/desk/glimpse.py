"""Cases at a glance: what the items' own rows tell, for a whole chunk of customers at once.

Between the look, which asks, and the store's sums (`store.bulk`) and the core's proof
(`core.glance`). The grade is the one recorded; a customer who has none yet, or whose segment
would change, is left for a full decision, as is whatever a glance cannot prove.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dunwell.core import glance, horizon, ladder, segments, views
from dunwell.core import policy as policies
from dunwell.core.decision import Wait
from dunwell.core.scope import Scope
from dunwell.store import bulk, facts, models
from dunwell.store import policies as published
from dunwell.store.records import cases


class _Way(NamedTuple):
    """The rungs customers of one profile climb on the day (None: a glance cannot tell)."""

    rungs: ladder.Rungs | None
    version: int
    cadence: str


def _glance(
    sight: bulk.Sight,
    rungs: ladder.Rungs,
    cash_minor: int,
    *,
    in_flight: bool = False,
    held_until: dt.date | None = None,
) -> Wait | None:
    money, least = sight.credit_minor + cash_minor, sight.least_minor
    return glance.glance(
        sight.places, rungs, on_account_minor=money, least_minor=least,
        open_minor=bulk.amounts_of(sight) if money and money >= least else (),
        is_named=sight.is_named, in_flight=in_flight, held_until=held_until,
    )  # fmt: skip


class Glimpse:
    """Tells the outcome of an entity's cases on one day, where it is told at a glance."""

    def __init__(
        self,
        scope: Scope,
        entity: models.Entity,
        as_of: dt.date,
        versions: published.Versions,
        other: policies.Policy | None,
        loader: facts.Loader,
    ) -> None:
        self.scope, self.entity, self.as_of = scope, entity, as_of
        self.versions, self.other, self.loader = versions, other, loader
        self._ways: dict[tuple[bulk.Profile, int], _Way] = {}

    def lines(self, customers: Sequence[int]) -> Iterator[cases.Line]:
        """Yield those of some customers, in order of id, of which a glance can tell the outcome."""
        beside = bulk.beside(self.scope, self.entity, customers, self.loader.families)
        plain = [c for c in customers if c not in beside.unplain]
        late_by = self.as_of - dt.timedelta(days=segments.LATE_DAYS)
        found = dict(bulk.sights(self.scope, self.entity, plain, late_by=late_by))
        nothing = bulk.NOTHING_TO_SEE
        sights = {c: s for c in plain if (s := found.get(c, nothing)) is not None}
        known = bulk.given(self.scope, self.entity, list(sights), as_of=self.as_of)
        cash, flying, ways = beside.cash, beside.flying, self._ways
        left: dict[int, _Way] = {}
        for customer_id, (reference, profile) in known.items():
            sight = sights.get(customer_id)
            if sight is None:
                continue
            late = self._late(profile, sight) if sight.late else 0
            way = ways.get((profile, late))
            if way is None:
                way = ways[(profile, late)] = self._way(profile, late)
            if way.rungs is None:
                continue
            is_flying = customer_id in flying
            made = _glance(sight, way.rungs, cash.get(customer_id, 0), in_flight=is_flying)
            if made is not None:
                yield self._line(customer_id, reference, way, made)
            elif not (is_flying or profile.natural_person):
                left[customer_id] = way
        yield from self._held_back(left, sights, known, cash)

    def _held_back(
        self,
        left: dict[int, _Way],
        sights: dict[int, bulk.Sight],
        known: dict[int, tuple[str, bulk.Profile]],
        cash: dict[int, int],
    ) -> Iterator[cases.Line]:
        """Yield those in which a step is open that the last contact still holds back."""
        contacts = bulk.contacted(self.scope, self.entity, sorted(left), as_of=self.as_of)
        for customer_id, way in left.items():
            if customer_id not in contacts or way.rungs is None:
                continue
            until_on = horizon.held_until(
                contacts[customer_id], way.rungs.settings, as_of=self.as_of
            )
            if until_on is None:
                continue
            sight, money = sights[customer_id], cash.get(customer_id, 0)
            made = _glance(sight, way.rungs, money, held_until=until_on)
            if made is not None:
                yield self._line(customer_id, known[customer_id][0], way, made)

    def _line(self, customer_id: int, reference: str, way: _Way, made: Wait) -> cases.Line:
        return cases.Line(
            self.entity.pk, customer_id, self.entity.code, reference, made, None, way.version,
            way.cadence, None, None, self.entity.epoch,
        )  # fmt: skip

    def _late(self, profile: bulk.Profile, sight: bulk.Sight) -> int:
        """Count the late invoices that matter, over at least two due dates (SEMANTICS 8)."""
        _, policy = self.versions.of(profile.policy_version_id)
        small = (self.other or policy).small_balance_minor(self.entity.base_currency)
        late = [due_on for due_on, minor in bulk.late_of(sight) if minor > small]
        return len(late) if len(set(late)) > 1 else 0

    def _way(self, profile: bulk.Profile, late: int) -> _Way:
        """Return the ladder that customers of a profile walk, where a glance can tell it."""
        version, policy = self.versions.of(profile.policy_version_id)
        use = self.other or policy
        p = profile
        if not p.segment or p.payment_method:
            return _Way(None, version, "")
        known = segments.Known(
            strategic=bool(p.strategic), revenue_minor=p.revenue_minor,
            natural_person=bool(p.natural_person), country=p.country, terms_days=p.terms_days,
        )  # fmt: skip
        in_force = p.segment if p.policy_version_id is not None else None
        segment = segments.place(
            known, use, how=p.grade_given or p.grade, late=late,
            base_currency=self.entity.base_currency, in_force=in_force,
            segment_given=p.segment_given,
        ).segment  # fmt: skip
        if segment != p.segment and self.other is None:
            return _Way(None, version, "")
        cadence = use.cadence_of(segment)
        calendar = self.loader.calendar_of(p.country)
        rungs = views.rungs_of(use, cadence, segment, calendar, self.as_of)
        return _Way(rungs, version, cadence.name)
