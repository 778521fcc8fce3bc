"""What a made-up company knows of its customers goes in by the desk's own verbs."""

from __future__ import annotations

from dunwell.core.scope import Scope
from dunwell.desk import dispute
from dunwell.sim import play
from dunwell.sim.nouns import Casework
from helpers import TODAY, Book, customer, invoice


def objected(number: str, minor: int | None, **said: str) -> Casework:
    """A dispute about one item that somebody knows of."""
    return Casework(
        line=2, kind="dispute", customer="C-1", entity="MAIN", on=TODAY, items=((number, minor),),
        **said,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_dispute_of_the_demo_stands_on_the_list(scope: Scope, book: Book) -> None:
    """With its code, an owner and a day; more than is open is all that is open."""
    book.customers(customer("C-1", account_owner="vera"))
    book.items(invoice("R-1", 60_000), invoice("R-2", 5_000))
    play.open_case(scope, objected("R-1", 20_000, reason="price"))
    play.open_case(scope, objected("R-2", 9_000))
    play.open_case(scope, objected("R-9", None, reason="tax"))  # not there any more
    found = {
        row["items"][0]["number"]: (row["items"][0]["amount_minor"], row["code"], row["owner"])
        for row in dispute.listed(scope, customer="C-1", as_of=TODAY)
    }
    assert found == {"R-1": (20_000, "price", "vera"), "R-2": (5_000, "other", "vera")}
