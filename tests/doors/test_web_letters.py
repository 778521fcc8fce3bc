"""Letters in the browser and at the command line: printed as one run, taken out, posted."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from command import dunwell
from test_web import seen
from test_web_tonight import browser, looked, person, text, user

from dunwell.core.scope import Scope
from dunwell.store import models, tx
from helpers import TODAY, Book, customer, invoice, payment

DAY = dt.timedelta(days=1)


@pytest.fixture
def piled(scope: Scope, book: Book) -> Scope:
    """C-1 has only a postal address; a first reminder to it is decided."""
    book.customers(customer("C-1", name="Firm <One>", email=None))
    book.take("contacts", person("ap", address="Main Street 1\n10115 Berlin"))
    book.items(invoice("R-1"))
    looked(scope)
    return scope


def contacts(scope: Scope) -> list[dt.date]:
    """Return the days of contact."""
    with tx.reading(scope):
        rows = models.Outreach.objects.filter(organisation_id=scope.organisation_id)
        return list(rows.values_list("on", flat=True))


def run_of(page: str) -> str:
    """Return the number of the one run on the page."""
    return re.findall(r'action="/letters/(\w+)/post"', page)[0]


def test_letters_are_printed_saved_and_marked_as_posted(piled: Scope) -> None:
    """One PDF; the day that is said counts as the day of contact, once."""
    client = browser(piled)
    page = text(client, "/letters")
    assert "1 letter waits to be printed" in seen(page)
    assert "<One>" not in page
    done = client.post("/letters/print")
    assert (done.status_code, done["Location"].partition("#")[0]) == (303, "/letters")
    page = text(client, "/letters")
    assert "1 letter printed: save the PDF below." in seen(page)
    assert "1 letter is printed and not in the post yet" in seen(page)
    run = run_of(page)
    for query in ("", "?both=1"):
        made = client.get(f"/letters/{run}.pdf{query}")
        assert made.content.startswith(b"%PDF")
        assert f"letters-{run}.pdf" in made["Content-Disposition"]
    assert contacts(piled) == []
    given = {"seen": re.search(r'name="seen" value="([^"]+)"', page)[1]}
    early = client.post(f"/letters/{run}/post", given | {"on": str(TODAY + DAY)})
    assert early.status_code == 409
    done = client.post(f"/letters/{run}/post", given | {"on": str(TODAY)})
    assert (done.status_code, done["Location"]) == (303, "/letters")
    assert contacts(piled) == [TODAY]
    assert "No letter waits." in seen(text(client, "/letters"))
    assert client.post(f"/letters/{run}/post", given).status_code == 409
    assert client.get(f"/letters/{run}.pdf").status_code == 404


def test_what_is_paid_after_printing_is_ticked_to_be_taken_out(piled: Scope, book: Book) -> None:
    """A pile that changed since it was shown is not marked; taken out, the letter is cancelled."""
    client = browser(piled)
    client.post("/letters/print")
    page = text(client, "/letters")
    run, shown = run_of(page), re.search(r'name="seen" value="([^"]+)"', page)[1]
    assert client.post(f"/letters/{run}/recall").status_code == 422, "nothing is ticked"
    book.payments(payment("P-1", 100_00, items=(("R-1", None),)))
    page = text(client, "/letters")
    assert "1 of them would not go any more" in seen(page)
    (ticked,) = re.findall(r'name="letter" value="(\w+)"[^>]*checked', page)
    done = client.post(f"/letters/{run}/recall", {"letter": ticked})
    assert done.status_code == 303
    assert client.post(f"/letters/{run}/post", {"seen": shown}).status_code == 409
    client.post("/letters/print")
    assert "1 letter cancelled: paid or stopped meanwhile." in seen(text(client, "/letters"))
    assert contacts(piled) == []
    assert client.post("/letters/print").status_code == 409, "none waits"


def test_who_may_not_release_reads_the_list(piled: Scope) -> None:
    """A reader sees what waits and prints nothing."""
    user(piled, "rae", "reader")
    client = browser(piled, "rae")
    assert "Print 1 letter" not in seen(text(client, "/letters"))
    assert client.post("/letters/print").status_code == 403
    assert client.post("/letters/x/post").status_code == 403


def test_the_command_prints_posts_and_takes_back(piled: Scope, tmp_path: Path) -> None:
    """Before the hours nothing may go; then printed, again, taken out, and posted at last."""
    at, whole = "2026-03-02T10:00+01:00", tmp_path / "deep" / "letters.pdf"
    assert "no letter waits" in dunwell("letter", "export", "--out", str(whole), code=3).err
    assert not whole.exists()
    made = dunwell("letter", "export", "--out", str(whole), at=at).json
    assert (made["letters"], made["files"]) == (1, [str(whole)])
    assert whole.read_bytes().startswith(b"%PDF")
    whole.unlink()
    dunwell("letter", "export", made["id"], "--both-sides", "--out", str(whole), at=at)
    assert whole.exists()
    (row,) = dunwell("letter", "list", "--format", "json", at=at).json
    assert (row["run"], row["state"], row["why_not"]) == (made["id"], "printed", "")
    assert dunwell("letter", "recall", made["id"], at=at).json["state"] == "recalled"
    again = dunwell("letter", "export", "--out", str(whole), at=at).json["id"]
    done = dunwell("letter", "post", again, "--letter", row["key"], "--on", str(TODAY), at=at).json
    assert (done["state"], done["letters"]) == ("posted", 1)
    assert contacts(piled) == [TODAY]
    assert dunwell("letter", "post", again, at=at, code=3).code == 3
