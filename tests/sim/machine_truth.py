"""What must be true after whatever happened, added up from rows in the plainest way.

Nothing here asks the engine whether it was right: what may be demanded is worked out from items,
allocations, stops, promises and plans as they stand in the book, ladders from the policy files.
Read `against` (a message as it leaves), then `faults` (the book as it stands).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
import year
from django.db.models import Sum

from dunwell.core import reminder, workdays
from dunwell.core.decision import Act, Wait
from dunwell.core.message import Message
from dunwell.core.scope import Scope
from dunwell.desk import look, replay, trail
from dunwell.store import calendars, models, tx
from dunwell.store.records import cases
from helpers import cache_faults

DAY = dt.timedelta(days=1)
WHOLE = ("insolvency", "legal_representation", "ceased")
"""Stops of a customer under which nobody writes a word."""
COLLECTED_DAYS = 5
"""Working days of the entity within which the bank's answer to a collection comes (3.2)."""


class Account:
    """What one payer owes one entity on a day, its children's items with its own."""

    def __init__(self, scope: Scope, entity_id: int, payer_id: int, *, on: dt.date) -> None:
        self.on, self.payer_id = on, payer_id
        mine = {"organisation_id": scope.organisation_id}
        entity = models.Entity.objects.get(**mine, pk=entity_id)
        self.calendar = calendars.load(scope)[entity.calendar]
        self.payer = models.Customer.objects.get(**mine, pk=payer_id)
        kids = models.Customer.objects.filter(
            **mine, parent=self.payer.reference, pays_via_parent=True
        )
        self.people = {self.payer.pk: self.payer} | {k.pk: k for k in kids}
        owned = {**mine, "entity_id": entity_id, "customer_id__in": list(self.people)}
        self.items = {i.pk: i for i in models.Item.objects.filter(**owned)}
        paid: Counter[int] = Counter()
        for move in models.Allocation.objects.filter(**mine, item_id__in=list(self.items)):
            paid[move.item_id] += move.amount_minor
        self.left = {pk: i.amount_minor - paid[pk] for pk, i in self.items.items()}
        self.payments = list(
            models.Payment.objects.filter(**owned, kind="payment", reversed_on__isnull=True)
        )
        self.parts: dict[int, Counter[int]] = defaultdict(Counter)
        for move in models.Allocation.objects.filter(
            **mine, payment_id__in=[p.pk for p in self.payments]
        ):
            self.parts[move.payment_id or 0][move.item_id] += move.amount_minor
        stops = models.Stop.objects.filter(**mine, customer_id__in=list(self.people))
        self.stops = [s for s in stops if s.entity_id in (None, entity_id)]
        self.covers: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        for part in models.StopItem.objects.filter(**mine, stop__in=self.stops):
            self.covers[part.stop_id].append((part.item_id, part.amount_minor))
        of_stops = {**mine, "stop__in": self.stops}
        self.promises = {p.stop_id: p for p in models.Promise.objects.filter(**of_stops)}
        self.plans = {p.stop_id: p for p in models.Plan.objects.filter(**of_stops)}
        self.instalments: dict[int, list[models.Instalment]] = defaultdict(list)
        for one in models.Instalment.objects.filter(**mine).order_by("n"):
            self.instalments[one.plan_id].append(one)

    # --- stops ----------------------------------------------------------------------------

    def silenced(self) -> list[str]:
        """Return why nobody may write to the payer at all."""
        return [s.kind for s in self.active() if s.kind in WHOLE and s.customer_id == self.payer_id]

    def active(self) -> Iterator[models.Stop]:
        """Yield the stops that hold on the day."""
        for s in self.stops:
            if s.pk in self.promises:
                is_on = self.promise_state(self.promises[s.pk]) == "open"
            elif s.pk in self.plans:
                is_on = self.plan_state(self.plans[s.pk]) == "running"
            else:
                is_on = s.from_on <= self.on and (s.until_on is None or self.on <= s.until_on)
                is_on = is_on and (s.ended_on is None or self.on < s.ended_on)
            if is_on:
                yield s

    def came_in(self, made: Any, items: set[int], *, through: dt.date) -> int:
        """Return the money that came for something agreed since it was made."""
        return sum(
            p.unapplied_minor + sum(m for i, m in self.parts[p.pk].items() if i in items)
            for p in self.payments
            if p.currency == made.currency and made.made_on <= p.paid_on <= through
            and p.pk > made.known_to
        )  # fmt: skip

    def promise_state(self, made: models.Promise) -> str:
        """Return what a promise is on the day: asked, withdrawn, kept, open, partly kept, broken.

        A day's data reach to the day before.
        """
        if made.withdrawn_on is not None and made.withdrawn_on <= self.on:
            return "withdrawn"
        if made.in_force_on is None:
            return "refused" if made.state == "refused" else "asked"
        items = {i for i, _, _ in made.covers}
        came = self.came_in(made, items, through=min(self.on, made.last_on))
        if came >= made.amount_minor:
            return "kept"
        if self.on <= made.last_on:
            return "open"
        return "partly_kept" if came else "broken"

    def plan_state(self, made: models.Plan) -> str:
        """Return what a plan is on the day: asked, withdrawn, kept, running, in default."""
        if made.withdrawn_on is not None and made.withdrawn_on <= self.on:
            return "withdrawn"
        if made.in_force_on is None:
            return "refused" if made.state == "refused" else "asked"
        items, owed = {i for i, _ in made.covers}, 0
        for part in self.instalments[made.pk]:
            owed += part.amount_minor
            if self.came_in(made, items, through=part.last_on) < owed:
                return "in_default" if part.last_on < self.on else "running"
        return "kept"

    def in_default(self) -> set[int]:
        """Return the items of plans in default: due, whatever their date."""
        return {
            i for s, p in self.plans.items() if self.plan_state(p) == "in_default"
            for i, _ in self.covers[s]
        }  # fmt: skip

    def held(self, pk: int, *, kinds: tuple[str, ...] = ()) -> int:
        """Return how much of an item must not be demanded on the day."""
        item, held = self.items[pk], 0
        for s in self.active():
            if s.kind.startswith("ceased_") or s.kind == "hardship" or (
                kinds and s.kind not in kinds
            ):  # fmt: skip
                continue
            covers = self.covers[s.pk]
            is_whole = not covers and s.customer_id in (self.payer_id, item.customer_id)
            if is_whole:
                return self.left[pk]
            for other, minor in covers:
                if other == pk:
                    held += self._share(s, pk, minor)
        is_collected = "direct_debit" in (
            item.payment_method or self.people[item.customer_id].payment_method,
        )
        if is_collected and not item.paid_gaps and not kinds:
            known_on = workdays.add_working(self.calendar, item.due_on, COLLECTED_DAYS)
            if self.on <= known_on:
                return self.left[pk]
        return min(held, self.left[pk])

    def _share(self, stop: models.Stop, pk: int, minor: int | None) -> int:
        promise = self.promises.get(stop.pk)
        if promise is None:
            return self.left[pk] if minor is None else minor
        _, promised, is_whole = next(c for c in promise.covers if c[0] == pk)
        if is_whole:
            return self.left[pk]
        paid = sum(
            self.parts[p.pk][pk]
            for p in self.payments
            if promise.made_on <= p.paid_on <= promise.last_on and p.pk > promise.known_to
        )
        return max(0, int(promised) - paid)

    # --- what is left to demand -----------------------------------------------------------

    def overdue(self, pk: int) -> bool:
        """Tell whether an item is past its day, or called in by a default."""
        item = self.items[pk]
        return item.kind != "credit_note" and (item.due_on < self.on or pk in self.in_default())

    def net(self) -> dict[str, int]:
        """Return what may be demanded of what is overdue, by currency (SEMANTICS 3.2-3.4)."""
        debits = [pk for pk, i in self.items.items() if i.kind != "credit_note" and self.left[pk]]
        chaseable = {pk: self.left[pk] - self.held(pk) for pk in debits}
        disputed = {pk: self.held(pk, kinds=("dispute",)) for pk in debits}
        loose: Counter[str] = Counter()
        for p in self.payments:
            loose[p.currency] += p.unapplied_minor
        called_in = self.in_default()
        order = sorted(
            debits,
            key=lambda pk: (not self.overdue(pk), self.items[pk].due_on, self.items[pk].number),
        )
        notes = [i for i in self.items.values() if i.kind == "credit_note" and self.left[i.pk]]
        for note in sorted(notes, key=lambda n: (n.due_on, n.number)):
            rest = self.left[note.pk]
            for pk in order if note.applies_to else ():
                item = self.items[pk]
                label = f"{item.number}/{item.part}" if item.part else item.number
                is_named = note.applies_to in (item.number, label)
                same = (item.customer_id, item.currency) == (note.customer_id, note.currency)
                if is_named and same and item.kind != "claim":
                    for pot in (disputed, chaseable):
                        cut = min(rest, pot[pk])
                        pot[pk] -= cut
                        rest -= cut
            loose[note.currency] += rest
        total: Counter[str] = Counter()
        for pk in order:
            item = self.items[pk]
            cut = min(loose[item.currency], chaseable[pk])
            loose[item.currency] -= cut
            if item.due_on < self.on or pk in called_in:
                total[item.currency] += chaseable[pk] - cut
        return {c: m for c, m in total.items() if m}

    def label(self, pk: int) -> str:
        """Return the number people know an item by."""
        item = self.items[pk]
        return f"{item.number}/{item.part}" if item.part else item.number


# --- a message as it leaves ---------------------------------------------------------------


def against(scope: Scope, action: models.Action, message: Message, *, on: dt.date) -> Iterator[str]:
    """Yield what is wrong with a message that leaves the house now."""
    account = Account(scope, action.entity_id, action.customer_id, on=on)
    made = cases.unpack(bytes(action.decision.body))
    assert isinstance(made, Act)
    who = f"{on} {action.customer.reference} {action.entity.code} {made.step} {message.channel}"
    sent = year.Sent(on, action.entity.code, action.customer.reference, made, message)
    for kind in account.silenced():
        yield f"{who}: written to under {kind}"
    for stop in account.active():
        is_mine = stop.customer_id == action.customer_id
        if is_mine and stop.kind == f"ceased_{message.channel}":
            yield f"{who}: wants no {message.channel}"
        if is_mine and stop.kind == "hardship" and made.tone in ("firm", "severe", "formal"):
            yield f"{who}: {made.tone} in hardship"
    by_label = {account.label(pk): pk for pk in account.items if account.left[pk]
                and account.items[pk].kind != "credit_note"}  # fmt: skip
    shown = [x for x in sent.shown() if x.part in ("about", "also")]
    if about := reminder.about(made):
        yield from (f"{who}: {x}" for x in _reminded(account, about, sent.totals))
    elif not shown:
        yield f"{who}: demands nothing"
    for line in shown:
        pk = by_label.get(line.number)
        if pk is None:
            yield f"{who}: {line} is paid, or not owed"
            continue
        left = account.left[pk] - account.held(pk)
        if left <= 0:
            yield f"{who}: {line} is disputed, promised, planned or held"
        elif line.minor != left:
            yield f"{who}: {line} of which {left} may be demanded"
        if made.phase == "overdue" and not account.overdue(pk):
            yield f"{who}: {line} is not overdue"
    if made.phase == "overdue":
        most = account.net()
        for currency, minor in sent.totals.items():
            if minor != most.get(currency, 0):
                yield f"{who}: demands {currency} {minor} of {most}"


def _reminded(account: Account, about: reminder.About, totals: dict[str, int]) -> Iterator[str]:
    """Say what is wrong with a reminder: its plan does not run, or it asks for something else."""
    plan = account.plans.get(about.stop)
    if plan is None or account.plan_state(plan) != "running":
        yield f"reminds of plan {about.stop}, which does not run"
        return
    due = [p.amount_minor for p in account.instalments[plan.pk]][: about.n]
    came = account.came_in(plan, {i for i, _ in plan.covers}, through=account.on)
    if totals != {plan.currency: min(due[-1], sum(due) - came)}:
        yield f"asks for {totals}; {came} came in of {due}"


# --- the book as it stands ----------------------------------------------------------------


def faults(world: Any) -> Iterator[str]:
    """Yield everything that is wrong with the book now, cheap enough for every step."""
    scope: Scope = world.scope
    yield from cache_faults(scope)
    with tx.reading(scope):
        yield from _money(scope, world.received)
        yield from _stops(scope, world)
        yield from _steps(scope)
        yield from _keys(scope, world)
        yield from _cases(scope)
        yield from _tasks(scope)
        yield from _agreed(scope, world)


def _money(scope: Scope, received: Counter[str]) -> Iterator[str]:
    """Money received is what was allocated and what is unapplied, in every currency."""
    mine = {"organisation_id": scope.organisation_id}
    kept: Counter[str] = Counter()
    for currency, minor in (
        models.Payment.objects.filter(**mine).values_list("currency").annotate(
            Sum("unapplied_minor")
        )
    ):  # fmt: skip
        kept[currency] += minor
    for currency, minor in (
        models.Allocation.objects.filter(**mine, payment__isnull=False)
        .values_list("payment__currency")
        .annotate(Sum("amount_minor"))
    ):
        kept[currency] += minor
    for c in {*kept, *received}:
        if kept[c] != received[c]:
            yield f"{c} {received[c]} received, {kept[c]} allocated and unapplied"


def _stops(scope: Scope, world: Any) -> Iterator[str]:
    """No stop is ever gone, or becomes another's."""
    now = {
        s.pk: (s.customer_id, s.kind)
        for s in models.Stop.objects.filter(organisation_id=scope.organisation_id)
    }
    for pk, what in world.stops.items():
        if now.get(pk) != what:
            yield f"stop {pk} was {what} and is {now.get(pk)}"
    world.stops = now


def _steps(scope: Scope) -> Iterator[str]:
    """An item takes a step once, in the order of a ladder, and not before the last one's wait."""
    taken: dict[int, list[models.StepTaken]] = defaultdict(list)
    rows = models.StepTaken.objects.filter(organisation_id=scope.organisation_id)
    for one in rows.select_related("item", "action").order_by("on", "pk"):
        one.step = RENAMED.get(one.step, one.step)
        taken[one.item_id].append(one)
    for steps in taken.values():
        live = Counter(s.step for s in steps if s.voided_on is None)
        yield from (f"{steps[0].item.number} took {s} {n} times" for s, n in live.items() if n > 1)
        for n, after in enumerate(steps):
            if after.source == "imported" or after.voided_on is not None:
                continue
            before = next((s for s in reversed(steps[:n]) if _stood(s, after)), None)
            said = f"{after.item.number}: {after.step} on {after.on}"
            is_ours = after.source == "action"
            if is_ours and before and before.named_on and after.on <= before.named_on:
                yield f"{said}, named {before.named_on} for {before.step}"
            if not any(_follows(before, after, walk) for walk in LADDERS):
                yield f"{said} after {f'{before.step} on {before.on}' if before else 'nothing'}"


def _stood(step: models.StepTaken, then: models.StepTaken) -> bool:
    """Tell whether a step stood when another was taken; a bounce may have taken it back since.

    Of one message on two channels the other takes over what the one that bounced had taken.
    """
    one, other = step.action, then.action
    if step.voided_on and one and other and one.decision_id == other.decision_id:
        return step.step != then.step
    if step.voided_on is None or step.voided_on > then.on:
        return True
    is_same_day = step.voided_on == then.on and step.void_reason == "bounced"
    return is_same_day and step.step != then.step


LADDERS = (
    *year.ladders("classic").values(), *year.ladders("net30").values(),
)  # fmt: skip
RENAMED = {"second_reminder": "second_notice"}
"""Names that the published variants of the machine give to steps."""
HASTE = 2
"""Days by which the published variants of the machine shorten a wait."""


def _follows(
    before: models.StepTaken | None, after: models.StepTaken, walk: dict[str, year.Step]
) -> bool:
    """Tell whether a ladder has one step right after the other, and its wait was kept.

    A step of another ladder stands for the highest here that is not harsher; a plan in default
    may lead to the final demand at once; what a person does by hand waits for nobody.
    """
    if after.step == "final_demand" and _was_called_in(after):
        return True
    if after.step not in walk:
        return False
    last = walk.get(before.step) if before else None
    if before and last is None:
        tone = year.TONES.index(before.tone)
        milder = [
            s for s in walk.values() if s.phase == before.phase and year.TONES.index(s.tone) <= tone
        ]
        last = max(milder, default=None)
    first = last.place + 1 if last else 0
    if walk[after.step].place < first:
        return False
    between = range(first, walk[after.step].place)
    if any(s.place in between and s.phase == "overdue" for s in walk.values()):
        return False
    is_by_hand = after.source != "action"
    return (
        before is None or last is None or is_by_hand
        or (after.on - before.on).days >= last.wait - HASTE
    )  # fmt: skip


def _was_called_in(taken: models.StepTaken) -> bool:
    """Tell whether a plan over the item ever was in default."""
    covers = models.StopItem.objects.filter(
        organisation_id=taken.organisation_id, item_id=taken.item_id, stop__kind="plan"
    )
    return models.Plan.objects.filter(
        organisation_id=taken.organisation_id, stop_id__in=covers.values("stop_id"),
        default_on__isnull=False,
    ).exists()  # fmt: skip


def _keys(scope: Scope, world: Any) -> Iterator[str]:
    """No key stands for two actions, and what is confirmed was handed over or said by a person."""
    mine = models.Action.objects.filter(organisation_id=scope.organisation_id)
    keys = Counter(mine.exclude(state="cancelled").values_list("key", flat=True))
    yield from (f"key {key} of {n} actions" for key, n in keys.items() if n > 1)
    for key in mine.filter(state="sent", channel__in=("email", "letter")).values_list(
        "key", flat=True
    ):
        if not world.handed[key] and key not in world.said_sent:
            yield f"{key} is sent and never left the house"


def _cases(scope: Scope) -> Iterator[str]:
    """Every open case has one decision in force, with an action, a question or a reason."""
    mine = {"organisation_id": scope.organisation_id}
    stands: dict[tuple[int, int], list[models.Decision]] = defaultdict(list)
    for d in models.Decision.objects.filter(**mine, in_force=True):
        stands[d.entity_id, d.customer_id].append(d)
    for case in models.Case.objects.filter(**mine, closed_on__isnull=True):
        found = stands[case.entity_id, case.customer_id]
        if len(found) != 1:
            yield f"case {case.pk} has {len(found)} decisions in force"
            continue
        made = cases.unpack(bytes(found[0].body))
        if isinstance(made, Act):
            keys = {a.key for a in made.actions}
            if not models.Action.objects.filter(**mine, key__in=keys).exists():
                yield f"case {case.pk} acts without an action"
        elif isinstance(made, Wait) and not made.reason:
            yield f"case {case.pk} waits for no reason"


def _tasks(scope: Scope) -> Iterator[str]:
    for t in models.Task.objects.filter(organisation_id=scope.organisation_id, state="open"):
        if not (t.owner and t.deputy and t.due_on):
            yield f"task {t.pk} {t.kind}: owner {t.owner!r}, deputy {t.deputy!r}, due {t.due_on}"


def _agreed(scope: Scope, world: Any) -> Iterator[str]:
    """What promises and plans say of themselves is what their money says, once judged."""
    if world.judged_on != world.day:
        return  # time alone moves them, and the night has not judged this day yet
    mine = {"organisation_id": scope.organisation_id}
    payer_of = {
        c.pk: p
        for c in models.Customer.objects.filter(**mine, pays_via_parent=True)
        for p in models.Customer.objects.filter(**mine, reference=c.parent).values_list(
            "pk", flat=True
        )
    }
    for stop in models.Stop.objects.filter(**mine, kind__in=("promise", "plan")):
        payer = payer_of.get(stop.customer_id, stop.customer_id)
        assert stop.entity_id is not None
        account = Account(scope, stop.entity_id, payer, on=world.day)
        if made := account.promises.get(stop.pk):
            now: str = account.promise_state(made)
        else:
            made = account.plans[stop.pk]
            now = account.plan_state(made)
        if now != made.state:
            yield f"{stop.kind} {stop.pk} says {made.state}, its money {now}"


# --- the look, and the whole --------------------------------------------------------------


def looks(world: Any, *, ahead: int) -> Iterator[str]:
    """Yield where looking twice differs, where what stands would be decided otherwise, or where a

    day before `look_again_on` brings another outcome.
    """
    scope, day = world.scope, world.day
    whole = look.propose(scope, as_of=day)
    again = look.propose(scope, as_of=day)
    if list(map(_said, whole.lines)) != list(map(_said, again.lines)):
        yield "proposing twice gives two proposals"
    yield from (f"failed: {who}: {error}" for who, error in whole.failed)
    with tx.reading(scope):
        everybody = list(
            models.Customer.objects.filter(organisation_id=scope.organisation_id).values_list(
                "pk", flat=True
            )
        )
    fresh = {x.key: x for x in look.propose(scope, as_of=day, customers=everybody).lines}
    seen = {x.key for x in whole.lines}
    for key, x in fresh.items():
        if key not in seen and _first(x)[1] != "nothing_open":
            yield f"{x.customer} {x.entity} is {_first(x)}, and nobody looks"
    for x in whole.lines:
        now = fresh.get(x.key)
        if x.stands and now is not None and _first(x) != _first(now):
            yield f"{x.customer} {x.entity} stands as {_first(x)} and would be {_first(now)}"
    yield from _ahead(world, list(fresh.values()), ahead)


def _ahead(world: Any, lines: list[cases.Line], n: int) -> Iterator[str]:
    """Look at one waiting case on a day before its day: nothing changes.

    A promise or plan that is judged on the way is an event, and so is the month's review.
    """
    day: dt.date = world.day
    waits = [x for x in lines if isinstance(x.made, Wait)]
    if not waits:
        return
    x = waits[n % len(waits)]
    until = [d for d in (x.made.look_again_on, x.review_on) if d is not None]
    last = min(until, default=day + 60 * DAY) - DAY
    span = (last - day).days
    if span < 1:
        return
    on = day + (1 + n % span) * DAY
    if (on.year, on.month) != (day.year, day.month) or _is_judged(world, x, before=on):
        return
    later = look.propose(world.scope, as_of=on, customers=[x.customer_id])
    found = [y for y in later.lines if y.key == x.key]
    if found and _first(found[0]) != _first(x):
        yield (
            f"{x.customer} {x.entity} waits on {day} until {x.made.look_again_on}"
            f" ({_first(x)}), but on {on} it is {_first(found[0])}"
        )


def _is_judged(world: Any, x: cases.Line, *, before: dt.date) -> bool:
    """Tell whether something agreed at the case's entity is judged before a day."""
    days = (world.day, before - DAY)
    mine = {"organisation_id": world.scope.organisation_id, "last_on__range": days}
    with tx.reading(world.scope):
        made = models.Promise.objects.filter(
            **mine, state__in=("open", "asked"), stop__entity=x.entity_id
        )
        due = models.Instalment.objects.filter(
            **mine, plan__state__in=("running", "asked"), plan__stop__entity=x.entity_id
        )
        return made.exists() or due.exists()


def _said(x: cases.Line) -> tuple[Any, ...]:
    return (x.key, msgspec.json.encode(x.made), x.stands)


def _first(x: cases.Line) -> tuple[str, ...]:
    verdict, reason, step = cases.outcome(x.made)
    return (verdict, str(reason), "" if isinstance(x.made, Wait) else step)


def trail_faults(world: Any, *, first: dt.date) -> Iterator[str]:
    """Yield where the journal does not verify, or a decision would come out otherwise now."""
    verdict = trail.verify(world.scope)
    if not verdict.ok:
        yield f"journal: {verdict}"
    again = replay.run(world.scope, first=first, last=world.day)
    yield from (f"{d.as_of} {d.customer}: was {d.was}; now {d.now}" for d in again.differences)
