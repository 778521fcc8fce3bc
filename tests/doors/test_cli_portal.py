"""Links to customers' own pages at the command line, and the file that came with a dispute."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from command import dunwell

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import guest, portal, upload
from dunwell.store import models, tx
from helpers import NOW, Book, customer, invoice

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1 owes an invoice."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    return scope


def test_a_link_is_made_listed_and_revoked(owing: Scope) -> None:
    """It is printed once; the list holds everything but what opens it."""
    done = dunwell("portal", "open", "C-1", "--days", 10, "--url", "https://pay.example.com/")
    link = done.json["link"]
    assert done.json == {
        "id": done.json["id"], "entity": "MAIN", "expires_at": "2026-03-12T08:00:00+01:00",
        "link": link,
    }  # fmt: skip
    assert link.startswith("https://pay.example.com/portal/")
    token = link.rpartition("/")[2]
    assert token not in done.err
    assert portal.enter(owing, token, address="", now=NOW).customer == "C-1"
    listed = dunwell("portal", "list", "C-1", "--format", "json")
    (row,) = listed.json
    assert (row["state"], row["made_by"], row["revoked_at"]) == ("open", "anna", None)
    assert token not in listed.out
    assert dunwell("portal", "list", "--format", "csv").rows[0]["customer"] == "C-1"
    closed = dunwell("portal", "close", row["id"])
    assert closed.json == {"id": row["id"], "state": "revoked"}
    with pytest.raises(Refused, match="not valid"):
        portal.enter(owing, token, address="", now=NOW)
    assert "revoked_before" in dunwell("portal", "close", row["id"], code=3).err
    (row,) = dunwell("portal", "list", "--format", "json").json
    assert row["state"] == "revoked"


def test_what_is_no_address_is_no_place_for_a_link(owing: Scope) -> None:
    """The command ends with 2, and no link was made."""
    for url in ("pay.example.com", "ftp://pay.example.com", "https://"):
        dunwell("portal", "open", "C-1", "--url", url, code=2)
    with tx.reading(owing):
        count = models.PortalLink.objects.filter(organisation_id=owing.organisation_id).count()
    assert count == 0


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_link_lasts_a_year_at_most(owing: Scope, days: int) -> None:
    """At the command line and at the desk."""
    dunwell("portal", "open", "C-1", "--days", days, code=2)
    with pytest.raises(Refused, match="1 to 366 days"):
        portal.open_link(owing, "C-1", days=days, now=NOW)


def test_the_file_of_a_dispute_is_saved_under_a_name_of_ours(owing: Scope, tmp_path: Path) -> None:
    """Whatever its sender called it, and nowhere but in the folder named."""
    made = portal.open_link(owing, "C-1", now=NOW)
    who = portal.enter(owing, made.token, address="", now=NOW)
    with tx.reading(owing):
        item = models.Item.objects.get(organisation_id=owing.organisation_id, number="R-1").pk
    done = guest.object_to(
        who, items=[item], amount=None, code="quality", words="see picture",
        file=upload.check("../../etc/pass wd.png", PNG), key="k" * 20,
    )  # fmt: skip
    said = dunwell("portal", "file", done["id"], "--out", tmp_path / "proofs").json
    assert said == {
        "id": done["id"], "file": str(tmp_path / "proofs" / f"dispute-{done['id']}.png"),
        "bytes": len(PNG), "said": "pass wd.png",
    }  # fmt: skip
    assert Path(said["file"]).read_bytes() == PNG
    assert list(tmp_path.rglob("*.png")) == [Path(said["file"])]
    assert "no_file" in dunwell("portal", "file", 999, code=3).err


def test_a_link_of_an_unknown_customer_is_not_made(owing: Scope) -> None:
    """The refusal names the reference."""
    assert "unknown_customer" in dunwell("portal", "open", "C-9", code=3).err
    assert "unknown_customer" in dunwell("portal", "list", "C-9", code=3).err


def test_being_seen_is_written_down_now_and_then_only(owing: Scope) -> None:
    """A page read every second writes once in five minutes."""
    made = portal.open_link(owing, "C-1", now=NOW)
    for seconds in (0, 1, 299):
        portal.enter(owing, made.token, address="", now=NOW + dt.timedelta(seconds=seconds))
    (row,) = portal.listed(owing, now=NOW)
    assert row["seen_at"] == NOW
    portal.enter(owing, made.token, address="", now=NOW + dt.timedelta(seconds=300))
    (row,) = portal.listed(owing, now=NOW)
    assert row["seen_at"] == NOW + dt.timedelta(seconds=300)
