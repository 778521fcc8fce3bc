"""Files come in through the browser: mapped by picking, tried, tied out, taken in, or refused."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dunwell.core import aging
from dunwell.core.scope import Scope
from dunwell.desk import access, arrival, found, mappings, report, worker
from dunwell.store import models, tx
from dunwell.web import entry, guard, importing, server
from helpers import NOW, TODAY, Book, customer, invoice

LEDGER = """Offene Posten;;;;;;;
Stand 31.01.2026;;;;;;;
Debitor;Name 1;Beleg;Art;Belegdatum;Nettofällig;Betrag;Offen
471;Müller;90001;RE;05.01.2026;04.02.2026;1.234,50;1.234,50
471;Müller;90002;RE;05.01.2026;31.02.2026;310,00;310,00
471;Müller;90003;GS;07.01.2026;07.01.2026;-50,00;-50,00
472;Lüders;90004;RE;08.12.2025;07.01.2026;1.000,00;725,00
Summe;;;;;;2.494,50;2.219,50
""".encode("cp1252")
PICKED = {
    "kind": "items", "column-0": "customer", "column-2": "number", "column-3": "kind",
    "column-4": "issued_on", "column-5": "due_on", "column-6": "amount", "column-7": "open_amount",
    "foreign-kind-0": "RE", "word-kind-0": "invoice", "foreign-kind-1": "GS",
    "word-kind-1": "credit_note", "is_negative": "on", "ignore_rows": "Summe",
    "as_of": "2026-01-31", "do": "try",
}  # fmt: skip
OURS = b"""customer,number,issued_on,due_on,amount,currency
C-1,R-1,2026-01-05,2026-02-04,100.00,EUR
C-2,R-2,2026-01-05,2026-02-04,250.50,EUR
C-2,R-3,2026-01-05,2026-02-04,99.50,USD
"""
WHAT = {"kind": "items", "do": "try", "column-0": "customer", "column-1": "number",
        "column-2": "issued_on", "column-3": "due_on", "column-4": "amount",
        "column-5": "currency"}  # fmt: skip


@pytest.fixture(autouse=True)
def _home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HOME", home)


def browser(scope: Scope, *, checks: bool = False, **more: Any) -> Client:
    """Return a browser on this machine; what goes on beside the pages is done at once."""
    env = {server.SCOPE: scope, server.CLOCK: lambda: NOW, server.STARTS: lambda work: work()}
    return Client(
        enforce_csrf_checks=checks, REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000",
        **(env | more),
    )  # fmt: skip


@pytest.fixture
def client(scope: Scope) -> Client:
    """Anna's browser."""
    return browser(scope)


def upload(client: Client, content: bytes, name: str = "op.csv") -> str:
    """Upload a file; return the address of its page."""
    response = client.post("/import", {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 303, seen(response)
    assert response["Location"].endswith("/columns")
    return str(response["Location"]).removesuffix("/columns")


def seen(response: Any) -> str:
    """Return the words of a page, as one line."""
    page = response.content.decode().partition('<main id="main">')[2] or response.content.decode()
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


def tried(client: Client, content: bytes, picked: dict[str, str], **more: str) -> tuple[str, str]:
    """Upload a file and try it; return its address and what its page says."""
    at = upload(client, content)
    response = client.post(f"{at}/columns", picked | more)
    assert (response.status_code, response["Location"]) == (303, at), seen(response)
    return at, seen(client.get(at))


def test_a_ledgers_own_list_is_mapped_tried_tied_out_and_taken(client: Client, book: Book) -> None:
    """Proposals are shown, the faulty line stands with its cell marked, the total ties out."""
    at = upload(client, LEDGER)
    page = client.get(f"{at}/columns")
    said = seen(page)
    assert "5 rows, read as items." in said
    assert "7 columns are proposed from their headings" in said
    assert re.search(r'name="column-5".*?<option value="due_on" selected>', page.content.decode())
    assert client.post(f"{at}/columns", PICKED)["Location"] == at
    page = client.get(at)
    said = seen(page)
    assert "3 rows would come in: 3 new." in said
    assert "1 row would not be taken." in said
    assert "<mark>31.02.2026</mark>" in page.content.decode()
    assert "found “31.02.2026”; want a day that exists" in said
    assert "90002" in said
    assert client.post(f"{at}/tie", {"control-EUR": "2.219,50"}).status_code == 303
    assert "off by \N{MINUS SIGN}310.00" in seen(client.get(at))
    assert client.post(f"{at}/tie", {"control-EUR": "1,909.50"}).status_code == 303
    assert "ties out" in seen(client.get(at))
    with tx.transaction_of(book.scope):
        assert not models.Item.objects.filter(organisation_id=book.scope.organisation_id).exists()
    assert client.post(f"{at}/take", {"control-EUR": "1909.50"})["Location"] == at
    said = seen(client.get(at))
    assert "3 rows came in: 3 new." in said
    assert "ties out" in said
    rows = report.aging_rows(book.scope, as_of=TODAY, by="currency", entity=None).rows
    assert [(r.key, r.total) for r in rows] == [("EUR", 123_450 - 5_000 + 72_500)]
    by_customer = seen(client.get(f"{at}?show=customers"))
    assert "471 2 1,184.50 472 1 725.00 Total 3 1,909.50" in by_customer


def test_the_same_file_twice_changes_nothing_and_says_so(client: Client, book: Book) -> None:
    """It is recognised before it is taken, and after it all rows are as they were."""
    at, said = tried(client, OURS, WHAT)
    assert "came in already" not in said
    client.post(f"{at}/take")
    at, said = tried(client, OURS, WHAT)
    assert "This very file came in already on 2 Mar , by anna." in said
    assert "Nothing would change: 3 rows are in the book already." in said
    client.post(f"{at}/take")
    assert "Nothing changed: 3 rows are in the book already." in seen(client.get(at))
    with tx.transaction_of(book.scope):
        assert models.Item.objects.filter(organisation_id=book.scope.organisation_id).count() == 3


def test_what_only_a_person_can_know_is_asked_with_examples(client: Client) -> None:
    """03/04/2026 and 1,234 can be two things each: neither is guessed, both are shown."""
    american = b"""Customer ID,Invoice No,Due Date,Amount
A1,1,03/04/2026,"1,234"
A2,2,05/06/2026,"2,000"
"""
    at = upload(client, american)
    said = seen(client.get(f"{at}/columns"))
    assert "2 questions only you can answer." in said
    assert "DD/MM/YYYY: 03/04/2026 is 3 April 2026" in said
    assert "MM/DD/YYYY: 03/04/2026 is 4 March 2026" in said
    assert "the point is the decimal mark: 1,234 is 1,234" in said
    assert "the comma is the decimal mark: 1,234 is 1.234" in said
    picked = {"kind": "items", "column-0": "customer", "column-1": "number",
              "column-2": "due_on", "column-3": "amount", "do": "try"}  # fmt: skip
    response = client.post(f"{at}/columns", picked)
    assert response.status_code == 422
    assert "Say how Due Date is written: 03/04/2026 can be read in two ways." in seen(response)
    more = {"date-due_on": "MM/DD/YYYY", "decimal": "point"}
    assert client.post(f"{at}/columns", picked | more)["Location"] == at
    assert "EUR 3,234.00" in seen(client.get(at))


def test_a_column_that_is_needed_or_picked_twice_is_named(client: Client) -> None:
    """Nothing is tried while a needed column is missing, or two are picked for one thing."""
    at = upload(client, OURS)
    response = client.post(f"{at}/columns", WHAT | {"column-4": ""})
    assert response.status_code == 422
    assert "No column is picked for amount; it is needed." in seen(response)
    response = client.post(f"{at}/columns", WHAT | {"column-2": "due_on"})
    assert response.status_code == 422
    assert "Two columns are picked for due on: issued_on and due_on." in seen(response)


def test_a_mapping_kept_fills_in_the_next_file(client: Client, scope: Scope, home: Path) -> None:
    """Under its name it is proposed for a file with the same headings, and can be forgotten."""
    assert "Filled in as kept" not in seen(client.get(f"{upload(client, LEDGER)}/columns"))
    tried(client, LEDGER, PICKED, name="Ledger open items")
    (kept,) = mappings.listed(scope, home)
    assert kept.name == "Ledger open items"
    assert kept.said["values"] == {"kind": {"RE": "invoice", "GS": "credit_note"}}
    assert "Ledger" not in kept.path.name
    at = upload(client, LEDGER + b"473;;90009;RE;05.01.2026;04.02.2026;1,00;1,00\n")
    said = seen(client.get(f"{at}/columns"))
    assert "Filled in as kept under “Ledger open items”." in said
    assert "proposed from" not in said
    assert client.post("/import/forget", {"name": "Ledger open items"}).status_code == 303
    assert mappings.listed(scope, home) == []


HURT = {
    "empty": (b"", "is empty"),
    "nul": (b"\x00" * 500, ""),
    "pdf": (b"%PDF-1.7 ...", "is a PDF"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "is a picture"),
    "page": (b"<html><table><tr><td>1</td></tr></table></html>", "is a web page"),
    "zip": (b"PK\x03\x04" + b"\x00" * 60, "cannot be"),
    "old": (b"\xd0\xcf\x11\xe0" + b"\x00" * 60, "old .xls"),
    "json": (b'[{"customer": 1}]', "is JSON"),
    "noise": (bytes(range(256)) * 20, ""),
    "one long line": (b"x" * 600_000, ""),
    "quotes": (b'customer,number,amount\n"C-1,R-1,1\n"C-2,R-2,"2\n', ""),
    "headings only": (b"customer,number,amount\n", ""),
    "headings twice": (b"customer,customer,amount\n1,2,3\n", ""),
    "markup": (b"customer,<script>alert(1)</script>,amount\n<b>,2,3\n", ""),
}


@pytest.mark.parametrize("name", HURT)
def test_hurt_files_are_answered_in_words(client: Client, name: str, home: Path) -> None:
    """Whatever is uploaded, the answer is a page; what cannot be read leaves nothing behind."""
    content, said = HURT[name]
    response = client.post("/import", {"file": SimpleUploadedFile("evil<b>.csv", content)})
    assert response.status_code in (303, 422)
    if response.status_code == 422:
        assert said in seen(response)
        assert list((home / "work").rglob("*.part")) == []
        return
    at = response["Location"].removesuffix("/columns")
    page = client.get(f"{at}/columns")
    assert page.status_code == 200
    assert b"<script>alert" not in page.content
    assert b"<b>" not in page.content
    picked = {"kind": "items", "column-0": "customer", "column-1": "number", "column-2": "amount"}
    response = client.post(f"{at}/columns", picked | {"do": "try"})
    assert response.status_code in (303, 422)
    assert client.get(at, follow=True).status_code == 200


def test_a_name_is_shown_and_never_a_path(client: Client, home: Path) -> None:
    """A file that calls itself ../../x lies in the work folder, under a name of ours."""
    at = upload(client, OURS, name="..\\..\\secret/../../etc/passwd.csv")
    said = seen(client.get("/import"))
    assert "passwd.csv" in said
    assert "secret" not in said
    token = at.rpartition("/")[2]
    inside = {p.name for p in (home / "work").rglob("*") if p.is_file()}
    assert inside == {f"{token}.csv", "arrival.json", "mapping.yaml"}
    assert client.get("/import/..%2f..%2fetc").status_code == 404
    assert client.get(f"/import/{'a' * 22}").status_code == 404


def test_a_file_too_large_is_refused_before_it_is_read(
    client: Client, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """By the length it declares; not one byte of it is kept."""
    monkeypatch.setattr(importing, "MOST", 10_000_000)
    length = str(importing.MOST + guard.MOST + 1)
    response = client.post(
        "/import", {"file": SimpleUploadedFile("op.csv", OURS)}, CONTENT_LENGTH=length
    )
    assert response.status_code == 413
    assert "larger than 10 MB" in seen(response)
    assert list(home.rglob("*.part")) == []


def test_only_the_one_file_of_the_form_is_kept(client: Client, home: Path) -> None:
    """A second file, or one under another name, is passed over."""
    client.post("/import", {"other": SimpleUploadedFile("x.csv", OURS)})
    files = {"file": SimpleUploadedFile("a.csv", OURS), "more": SimpleUploadedFile("b.csv", OURS)}
    assert client.post("/import", files).status_code == 303
    assert len(list((home / "work").rglob("*.csv"))) == 1
    assert list((home / "work").rglob("*.part")) == []


def test_an_upload_must_come_from_our_own_form(scope: Scope, home: Path) -> None:
    """Without the form's token neither an upload nor a button is taken."""
    client = browser(scope, checks=True)
    response = client.post("/import", {"file": SimpleUploadedFile("op.csv", OURS)})
    assert response.status_code == 403
    assert list(home.rglob("*.part")) == []
    assert not list((home / "work" / "imports").rglob("arrival.json"))
    client.get("/import")
    token = re.search(
        r'csrfmiddlewaretoken" value="([^"]+)"', client.get("/import").content.decode()
    )
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "file": SimpleUploadedFile("op.csv", OURS)}
    at = client.post("/import", form)["Location"]
    for path in (at, at.replace("columns", "take"), at.replace("columns", "drop")):
        assert client.post(path, {"kind": "items"}).status_code == 403


ROLES = {"collector": 200, "manager": 200, "admin": 200, "account_manager": 403,
         "executive": 403, "legal": 403, "auditor": 403, "reader": 403}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_who_may_import(scope: Scope, client: Client, role: str, home: Path) -> None:
    """Collectors, managers and admins; nobody else sees the page, a file, or uploads one."""
    at = upload(client, OURS)
    found.add_user(scope, "eva", roles=[role], now=NOW)
    access.accept(
        scope, access.invite(scope, "eva", now=NOW), "a calm desk in the morning", now=NOW
    )
    proof = access.Proof("a calm desk in the morning", "", "127.0.0.1", home)
    token = access.sign_in(scope, "eva", proof, now=NOW)
    other = browser(scope._replace(actor="nobody"), **{server.SIGNS_IN: True})
    other.cookies = entry.keep(HttpResponse(), token).cookies
    assert other.get("/import").status_code == ROLES[role]
    assert other.get(f"{at}/columns").status_code == ROLES[role]
    assert (">Import</a>" in other.get("/").content.decode()) == (ROLES[role] == 200)
    if ROLES[role] == 403:
        before = sorted((home / "work").rglob("*"))
        for path in ("/import", f"{at}/take", f"{at}/drop", f"{at}/columns", "/import/forget"):
            assert other.post(path, {"file": SimpleUploadedFile("x", OURS)}).status_code == 403
        assert sorted((home / "work").rglob("*")) == before


def test_nobody_of_another_organisation_finds_a_file(client: Client, scope: Scope) -> None:
    """The address of one organisation's file opens nothing for another."""
    at = upload(client, OURS)
    other = browser(found.run("beta", [found.NewEntity("B", "EUR", "Europe/Berlin", "DE")],
                              by="anna", now=NOW))  # fmt: skip
    assert other.get(at).status_code == 404
    assert other.post(f"{at}/take").status_code == 404
    assert "op.csv" not in seen(other.get("/import"))


def test_strict_takes_nothing_where_a_row_is_wrong(client: Client, book: Book) -> None:
    """The good rows stay out too, and the page says why."""
    at, _ = tried(client, LEDGER, PICKED)
    client.post(f"{at}/take", {"is_strict": "on"})
    said = seen(client.get(at))
    assert "Nothing went in" in said
    assert "rows were refused, so none went in" in said.lower()
    assert report.aging_rows(book.scope, as_of=TODAY, by="customer", entity=None).rows == []
    assert client.post(f"{at}/try")["Location"] == at
    client.post(f"{at}/take")
    assert "3 rows came in" in seen(client.get(at))


def test_a_correction_is_shown_before_it_is_made(client: Client, book: Book) -> None:
    """What stands in the book beside what the file says; a full list says what it settles."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 12_000), invoice("R-9", 7_000))
    at, said = tried(client, OURS, WHAT, is_full="on")
    assert "3 rows would come in: 2 new and 1 changed." in said
    assert "1 open item is not on the list and would count as settled." in said
    assert "Not on the list: R-9." in said
    changes = seen(client.get(f"{at}?show=changes"))
    assert "C-1 R-1 amount 120.00 100.00" in changes
    assert "C-1 R-1 due 2026-01-31 2026-02-04" in changes
    client.post(f"{at}/take")
    assert book.open("R-9") == 0
    assert book.open("R-1") == 10_000


def test_everything_complained_about_can_be_saved(client: Client) -> None:
    """As CSV, in which no cell becomes a formula."""
    content = OURS + b'C-9,=1+1,2026-01-05,2026-02-04,"=HYPERLINK(1)",EUR\n'
    at, _ = tried(client, content, WHAT)
    saved = client.get(f"{at}/complaints.csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in saved
    assert ",=HYPERLINK" not in saved


def test_a_file_is_left_and_come_back_to(
    client: Client, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is read its page says how far; another file waits its turn; then it is there."""
    begun, go_on = threading.Event(), threading.Event()
    threads = []

    def start(work: Any) -> None:
        def run() -> None:
            begun.set()
            go_on.wait(10)
            try:
                work()
            finally:
                connection.close()

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    monkeypatch.setattr(importing, "_SHORT", 0)
    slow = browser(scope, **{server.STARTS: start})
    at = upload(slow, OURS)
    assert slow.post(f"{at}/columns", WHAT)["Location"] == at
    assert begun.wait(10)
    assert "It is being tried" in seen(slow.get(at))
    assert "is being tried" in seen(slow.get("/import"))
    assert "It has begun" in seen(slow.get(f"{at}/progress"))
    other = upload(client, LEDGER)
    assert client.post(f"{other}/columns", PICKED).status_code == 303
    page = client.get(f"{other}/columns").content.decode()
    assert "Another file is being read just now; wait until it is done." in page
    assert client.post(f"{at}/drop").status_code == 303
    go_on.set()
    threads[0].join(20)
    assert slow.get(f"{at}/progress")["HX-Refresh"] == "true"
    assert "3 rows would come in" in seen(slow.get(at))


def test_a_desk_that_stopped_halfway_says_so(client: Client, scope: Scope, home: Path) -> None:
    """A claim whose process is gone is nobody's; the file can be tried again."""
    at = upload(client, OURS)
    token = at.rpartition("/")[2]
    client.post(f"{at}/columns", WHAT | {"do": "look"})
    place = arrival.Place(scope, home)
    gone = ":".join([worker.name().partition(":")[0], "999999999", "1"])
    arrival.claim(place, token, arrival.TAKE, by=gone)
    said = seen(client.get(at))
    assert "the desk stopped while it was taken in; do it again" in said.lower()
    assert client.post(f"{at}/try")["Location"] == at
    assert "3 rows would come in" in seen(client.get(at))


def test_a_file_left_for_two_weeks_is_thrown_away(client: Client, scope: Scope, home: Path) -> None:
    """Nothing of it lies about; what came in before is still told."""
    at, _ = tried(client, OURS, WHAT)
    later = browser(scope, **{server.CLOCK: lambda: NOW + arrival.KEEP + dt.timedelta(hours=1)})
    assert "op.csv" not in seen(later.get("/import"))
    assert later.get(at).status_code == 404
    assert list((home / "work").rglob("*.csv")) == []


def test_what_came_in_no_longer_lies_in_the_work_folder(client: Client, home: Path) -> None:
    """The file goes once it is in the book; its page stays, with links to what came in."""
    at, _ = tried(client, OURS, WHAT)
    client.post(f"{at}/take")
    assert list((home / "work").rglob("*.csv")) == []
    page = client.get(f"{at}?show=customers").content.decode()
    assert 'href="/customers/C-2"' in page
    assert client.get("/customers/C-2").status_code == 200
    assert client.post(f"{at}/take").status_code == 303
    assert client.get(f"{at}/columns")["Location"] == at


def test_a_spreadsheet_comes_in_like_a_list(client: Client, book: Book) -> None:
    """Told by its bytes, whatever it is called; another sheet can be chosen."""
    import xlsxwriter

    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    made.add_worksheet("Notes").write_row(0, 0, ["nothing", "here"])
    sheet = made.add_worksheet("Open")
    sheet.write_row(0, 0, ["customer", "number", "amount", "due_on"])
    sheet.write_row(1, 0, ["C-1", "R-1", 12.5, "2026-02-04"])
    made.close()
    at = upload(client, out.getvalue(), name="list.csv")
    assert "Sheet" in seen(client.get(f"{at}/columns"))
    response = client.post(f"{at}/columns", {"kind": "items", "sheet": "Open", "do": "look"})
    assert response.status_code == 200
    picked = {"kind": "items", "sheet": "Open", "column-0": "customer", "column-1": "number",
              "column-2": "amount", "column-3": "due_on", "do": "try"}  # fmt: skip
    assert client.post(f"{at}/columns", picked)["Location"] == at
    client.post(f"{at}/take")
    assert book.open("R-1") == 1_250


def test_the_pages_ask_the_database_a_fixed_number_of_times(client: Client) -> None:
    """However many rows a file has, and however many files came in."""
    counts = []
    for n in (3, 300):
        rows = b"".join(b"C-%d,R-%d,2026-01-05,2026-02-0x,1.00,EUR\n" % (i, i) for i in range(n))
        at, _ = tried(client, OURS + rows, WHAT)
        with CaptureQueriesContext(connection) as first:
            client.get(at)
        with CaptureQueriesContext(connection) as second:
            client.get("/import")
        counts.append(tuple(sum(" FROM " in q["sql"] for q in done) for done in (first, second)))
        client.post(f"{at}/take")
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12


def test_long_lists_of_complaints_come_in_pages(client: Client) -> None:
    """A hundred lines a page; every line stands on one of them."""
    rows = b"".join(b"C-%d,R-%d,2026-01-05,2026-02-0x,1.00,EUR\n" % (i, i) for i in range(250))
    at, said = tried(client, OURS + rows, WHAT)
    assert "250 rows would not be taken." in said
    lines: list[str] = []
    for page in (1, 2, 3):
        text = client.get(f"{at}?show=lines&page={page}").content.decode()
        lines += re.findall(r'<tr class="line"><th scope="row">(\d+)<', text)
    assert lines == [str(n) for n in range(5, 255)]


def test_a_total_that_is_off_is_seen_before_anything_goes_in(client: Client, book: Book) -> None:
    """Typed in with the last button it stops that once; whoever has seen it may go on."""
    at, _ = tried(client, OURS, WHAT)
    client.post(f"{at}/take", {"control-EUR": "350.00", "control-USD": "99.50"})
    page = client.get(at)
    assert "Not taken in yet: off by EUR 0.50. Look first." in page.content.decode()
    assert "off by 0.50" in seen(page)
    assert report.aging_rows(book.scope, as_of=TODAY, by="customer", entity=None).rows == []
    client.post(f"{at}/take", {"control-EUR": "350.00", "control-USD": "99.50"})
    assert "3 rows came in" in seen(client.get(at))


def test_a_total_that_is_no_amount_is_not_taken(client: Client) -> None:
    """What can be read in two ways is asked for again."""
    at, _ = tried(client, OURS, WHAT)
    client.post(f"{at}/tie", {"control-EUR": "1,234"})
    assert "1,234 cannot be read as one amount" in client.get(at).content.decode()
    client.post(f"{at}/tie", {"control-EUR": "lots"})
    assert "Lots cannot be read as one amount" in client.get(at).content.decode()
    assert "off by" not in seen(client.get(at))


def test_aging_is_what_the_file_said(client: Client, book: Book) -> None:
    """The sums of the page of an import are those of the aging after it."""
    at, _ = tried(client, OURS, WHAT)
    client.post(f"{at}/take")
    totals = aging.totals(
        report.aging_rows(book.scope, as_of=TODAY, by="customer", entity=None).rows
    )
    assert {t.currency: t.total for t in totals} == {"EUR": 35_050, "USD": 9_950}
    assert "Total 3 350.50 99.50" in seen(client.get(f"{at}?show=customers"))
