"""How likely payment is: own history beside the book's, kept with decisions (SEMANTICS 6.12)."""

from __future__ import annotations

import datetime as dt

from evening import NINE, Evening

from dunwell.core import segments
from dunwell.core.scope import Scope
from dunwell.desk import explain, look, settle
from dunwell.store import models, tx
from dunwell.store.records import cases
from helpers import NOW, TODAY, Book, customer, invoice, payment

DAY = dt.timedelta(days=1)


def paying(book: Book, who: str, late: list[int]) -> None:
    """Give a customer one invoice for each number of days it was paid late, a month apart."""
    book.customers(customer(who))
    days = [TODAY - (60 + 20 * n) * DAY for n in range(len(late))]
    book.items(
        *(invoice(f"{who}-{n}", due_on=d, customer=who) for n, d in enumerate(days)),
        as_of=TODAY - 300 * DAY,
    )
    book.payments(
        *(
            payment(f"P-{who}-{n}", 10_000, on=d + k * DAY, customer=who,
                    items=[(f"{who}-{n}", None)])
            for n, (d, k) in enumerate(zip(days, late, strict=True))
        )
    )  # fmt: skip


def test_own_history_stands_beside_the_books(scope: Scope, book: Book) -> None:
    """Ten items more count as the book's went; the figure is said, kept, and used at hand-over."""
    paying(book, "C-1", [0, 2, 45, 40])
    paying(book, "C-2", [0, 0, 0, 31])
    book.items(invoice("R-1", due_on=TODAY - 10 * DAY), as_of=TODAY - 12 * DAY)
    settle.nightly(scope, as_of=TODAY, now=NOW)
    with tx.reading(scope):
        entity = models.Entity.objects.get(organisation_id=scope.organisation_id)
    assert (entity.due_30, entity.paid_30, entity.shares_on) == (8, 5, TODAY)
    want = segments.likelihood(segments.Known(due_30=4, paid_30=2), book_due=8, book_paid=5)
    assert want == round((2 + 10 * 5 / 8) / 14 * 100) == 59
    evening = Evening(scope)
    evening.look()
    with tx.reading(scope):
        decision = models.Decision.objects.get(
            organisation_id=scope.organisation_id, customer__reference="C-1"
        )
    assert cases.likelihood_seen(bytes(decision.facts)) == 59
    assert evening.send(at=NINE).sent == 1


def test_the_books_share_is_counted_once_a_month(scope: Scope, book: Book) -> None:
    """What every case leans on moves with the first run of a month only."""
    paying(book, "C-1", [0, 0])
    settle.nightly(scope, as_of=TODAY, now=NOW)
    paying(book, "C-2", [50, 50])
    settle.nightly(scope, as_of=TODAY + DAY, now=NOW)
    with tx.reading(scope):
        entity = models.Entity.objects.get(organisation_id=scope.organisation_id)
    assert (entity.due_30, entity.paid_30) == (2, 2)
    settle.nightly(scope, as_of=TODAY + 31 * DAY, now=NOW)
    with tx.reading(scope):
        entity = models.Entity.objects.get(organisation_id=scope.organisation_id)
    assert (entity.due_30, entity.paid_30) == (4, 2)


def test_explain_says_the_likelihood(scope: Scope, book: Book) -> None:
    """Before a step above friendly the figure stands among the sentences."""
    paying(book, "C-1", [0, 2, 45, 40])
    settle.nightly(scope, as_of=TODAY, now=NOW)
    book.items(invoice("R-1", due_on=TODAY - 3 * DAY), as_of=TODAY - 5 * DAY)
    evening = Evening(scope)
    evening.look()
    evening.send(at=NINE)
    day = TODAY + 7 * DAY
    (told,) = explain.run(scope, "C-1", as_of=day, today=day)
    assert told.verdict == "act"
    assert "By what was paid before, 50 percent likely to pay within 30 days." in told.sentences


def test_before_the_first_run_the_book_is_counted_as_that_run_will(
    scope: Scope, book: Book
) -> None:
    """The first evening shows the likelihood that the run leans on, and not one of nothing."""
    paying(book, "C-1", [0, 2, 45, 40])
    paying(book, "C-2", [0, 0, 0, 31])
    book.items(invoice("R-1", due_on=TODAY - 10 * DAY), as_of=TODAY - 12 * DAY)

    def share() -> int | None:
        (line,) = look.propose(scope, as_of=TODAY, customers=[1]).lines
        assert line.facts is not None
        return line.facts.share_paid_30

    before = share()
    settle.nightly(scope, as_of=TODAY, now=NOW)
    assert before == share() == 59


def test_where_the_book_tells_nothing_nobody_is_judged() -> None:
    """Three invoices overdue on the first day are no likelihood of nothing."""
    known = segments.Known(due_30=3, paid_30=0)
    assert segments.likelihood(known, book_due=0, book_paid=0) is None
