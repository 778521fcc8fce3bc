"""From data to words: fields, blocks, amounts, text and HTML, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sample_messages import DOLLAR, RECIPIENT, SENDER, SENT_AT, data, line, part, with_

from dunwell.core import message
from dunwell.core.errors import Refused
from dunwell.delivery import render
from dunwell.delivery.words import Words

MARKUP = "<b>*A* & _B_</b> [l](https://x.example) {{ key }} `c` #1 <!-- -->"


def _templates(body: str, subject: str = "Subject") -> render.Templates:
    """The built-in phrases with one text of our own, called `own`."""
    texts = {("en", "own"): render.parse(f'---\nsubject: "{subject}"\n---\n{body}', name="own")}
    return render.Templates(texts, render.load_templates().phrases)


def _render(body: str, *parts: message.CurrencyPart, **said: object) -> message.Message:
    made = data("own", *parts, **said)
    return render.render(made, templates=_templates(body), sent_at=SENT_AT)


class _Tags(HTMLParser):
    """Which elements a page opens."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.opened.append(tag)


def test_a_value_cannot_become_markup() -> None:
    """A name full of Markdown, HTML and Jinja is shown as it is, and opens no element."""
    body = "{{ greeting }}\n\n{{ customer_name }}, **{{ contact_name }}**.\n\n- {{ entity_name }}"
    made = _render(
        body,
        recipient=with_(RECIPIENT, customer_name=MARKUP, contact_name=MARKUP),
        sender=with_(SENDER, entity_name=MARKUP),
    )
    assert made.text.replace("\n", " ").count(MARKUP) == 4
    plain = _Tags(_render(body).html).opened
    assert _Tags(made.html).opened == plain


def test_item_numbers_and_bank_details_cannot_become_markup() -> None:
    """Cells of tables are words too."""
    item = line("<script>alert(1)</script>", po_number="*x*\n| y |")
    bank = with_(DOLLAR, account_name='"><img src=x>')
    made = _render("{{ items }}\n\n{{ bank }}", part(about=(item,), bank=bank))
    assert {"script", "img"}.isdisjoint(_Tags(made.html).opened)
    assert "<script>alert(1)</script>" in made.text
    assert "*x* | y |" in made.text


def test_a_value_is_one_line() -> None:
    """Line ends and marks that turn the writing never come out of a value, whoever typed them."""
    name = "Smith\r\nand \u202eSons\u2069"
    made = _render("x {{ customer_name }} y", recipient=with_(RECIPIENT, customer_name=name))
    assert made.text == "x Smith and Sons y\n"


def test_a_letter_does_not_sign_with_what_its_head_says() -> None:
    """Telephone and e-mail close a mail; a letter has them at its head."""
    assert _render("{{ signature }}").text.endswith("GmbH\n+49 40 123456-0\nar@nordwind.example\n")
    assert _render("{{ signature }}", channel="letter").text.endswith("Nordwind Handels GmbH\n")


def test_an_unknown_field_is_refused_by_name() -> None:
    """A field nobody knows stops the message before anything is sent."""
    with pytest.raises(Refused, match="favourite_colour"):
        _render("Dear {{ favourite_colour }}")


def test_a_missing_template_is_refused_and_a_missing_language_is_english() -> None:
    """What is not there in a language goes out in English; what is not there at all, not."""
    with pytest.raises(Refused, match="no_such_text"):
        render.render(data("no_such_text"), templates=_templates("x"), sent_at=SENT_AT)
    assert _render("{{ greeting }}", language="sv").language == "en"


def test_a_message_about_nothing_is_refused() -> None:
    """Without an item there is nothing to write about."""
    nothing = part(about=(), under_query=(line("INV-9"),))
    with pytest.raises(Refused, match="no item"):
        _render("x", nothing)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "EUR 1,234,567.05"), ("de", "1.234.567,05 EUR"), ("nl", "EUR 1.234.567,05"),
        ("fr", "1 234 567,05 EUR"), ("es", "1.234.567,05 EUR"), ("it", "1.234.567,05 EUR"),
        ("pt", "1 234 567,05 EUR"),
    ],
)  # fmt: skip
def test_money_is_written_as_the_language_does(language: str, shown: str) -> None:
    """Thousands, decimals and the side of the currency code follow the language."""
    written = Words(language, {}).money(123_456_705, "EUR")
    assert re.sub(r"\s", " ", written) == shown
    assert " " not in written, "an amount is never cut at the end of a line"


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (123_456, "JPY", "123,456"), (-123_456, "KWD", "-123.456"), (0, "EUR", "0.00"),
        (5, "EUR", "0.05"),
    ],
)  # fmt: skip
def test_amounts_have_their_currencys_decimals(minor: int, currency: str, shown: str) -> None:
    """Yen have none, dinars three; the minor unit is never rounded."""
    assert Words("en", {}).amount(minor, currency) == shown


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "3 March 2026", "3 Mar 2026"), ("de", "3. März 2026", "03.03.2026"),
        ("nl", "3 maart 2026", "3 mrt 2026"), ("fr", "3 mars 2026", "3 mars 2026"),
        ("es", "3 de marzo de 2026", "3 mar 2026"), ("it", "3 marzo 2026", "3 mar 2026"),
        ("pt", "3 de março de 2026", "03/03/2026"),
    ],
)  # fmt: skip
def test_dates_are_written_as_the_language_does(language: str, long: str, short: str) -> None:
    """Sentences have the long form, tables the short one."""
    say = Words(language, {})
    assert say.date(dt.date(2026, 3, 3)) == long
    assert say.short_date(dt.date(2026, 3, 3)) == short


def test_the_currencies_stand_apart() -> None:
    """Two currencies have a table, a total and bank details each, and are never added."""
    made = _render(
        "{{ total_due }}\n\n{{ items }}\n\n{{ totals }}\n\n{{ bank }}",
        part(2), part(1, currency="USD"),
    )  # fmt: skip
    assert made.text.splitlines()[0] == "EUR 2,413.75 and USD 1,200.00"
    for heading in ("Open items (EUR)", "Open items (USD)", "How to pay (EUR)", "How to pay (USD)"):
        assert heading in made.text
    assert "3,613.75" not in made.text
    assert "00123456789" in made.text.split("How to pay (USD)")[1]


def test_credits_are_shown_and_the_net_is_demanded() -> None:
    """The table, the credits and the total add up before the reader's eyes."""
    made = _render("{{ items }}\n\n{{ credits }}\n\n{{ totals }}", part(1, credits_minor=20_000))
    lines = [re.sub(r" {2,}", " | ", x) for x in made.text.splitlines() if x]
    assert lines[-3:] == [
        "INV-1 | 1 Feb 2026 | 3 Mar 2026 | 9 | 1,200.00",
        "Less credits and payments on account | EUR -200.00",
        "Total to pay | EUR 1,000.00",
    ]


def _heading(table: str) -> list[str]:
    return re.split(r" {2,}", table.splitlines()[1])


def test_a_table_has_the_columns_it_needs() -> None:
    """Orders, days and whole amounts have a column only where an item has one to show."""
    bare = (line("INV-1", issued_on=None, days_overdue=0),)
    assert _heading(_render("{{ items }}", part(about=bare)).text) == ["Number", "Due", "Open EUR"]
    full = (line("INV-1", po_number="PO-7", open_minor=100_000), line("INV-2"))
    assert _heading(_render("{{ items }}", part(about=full)).text) == [
        "Number", "Your order", "Issued", "Due", "Days overdue", "Amount", "Open EUR",
    ]  # fmt: skip


def test_items_are_called_what_they_are() -> None:
    """One kind has its own word; several kinds together are items; a debit note says so."""
    says = "{{ invoice_count }} {{ items_word }}, {{ item_word | capitalize }}.\n\n{{ items }}"
    assert _render(says, part(2)).text.startswith("2 invoices, Invoice.")
    note = line("D-7", kind="debit_note")
    assert _render(says, part(about=(note,))).text.startswith("1 debit notes, Debit note.")
    both = _render(says, part(about=(line("INV-1"), note))).text
    assert both.startswith("2 items, Item.")
    assert "Debit note D-7" in both
    assert "\nINV-1 " in both


def test_the_oldest_is_the_oldest_of_what_the_message_is_about() -> None:
    """What is also overdue may be older; the message is not about it."""
    items = (line("INV-2"), line("INV-1", due_on=dt.date(2026, 3, 1), days_overdue=11))
    older = line("INV-0", due_on=dt.date(2026, 1, 1), days_overdue=70)
    body = "{{ oldest_number }} {{ oldest_due_on }} {{ oldest_days_overdue }} {{ invoice_count }}"
    made = _render(body, part(about=items, also_overdue=(older,)))
    assert made.text == "INV-1 1 March 2026 11 2\n"


def test_the_ways_to_reach_us_fit_the_medium() -> None:
    """A mail can be answered, a letter cannot; a missing address or number leaves no gap."""
    assert _render("{{ contact }}").text == (
        "You can simply reply to this message or call us on +49 40 123456-0.\n"
    )
    no_phone = with_(SENDER, phone="")
    assert _render("{{ contact }}", sender=no_phone).text == (
        "You can simply reply to this message.\n"
    )
    letter = _render("{{ contact }}", channel="letter", sender=no_phone).text
    assert letter == "You can reach us at ar@nordwind.example.\n"
    nothing = with_(no_phone, email="accounts@main.invalid")
    made = _render("a\n\n{{ contact }}\n\nb {{ entity_email }}", channel="letter", sender=nothing)
    assert made.text == "a\n\nb\n"


def test_a_statement_is_mentioned_only_where_it_is_attached() -> None:
    """A letter has no attachment, and a mail without one does not promise it."""
    assert "attached" in _render("{{ enclosed }}x", attach_statement=True).text
    assert _render("{{ enclosed }}x").text == "x\n"
    assert _render("{{ enclosed }}x", attach_statement=True, channel="letter").text == "x\n"


def test_a_link_is_a_link_only_if_it_leads_to_the_web() -> None:
    """The customer's page can be clicked; an address of another scheme is left out."""
    made = _render("{{ portal }}", portal_link="https://pay.example/p/1?a=b&c=d")
    assert '<a href="https://pay.example/p/1?a=b&amp;c=d"' in made.html
    assert "https://pay.example/p/1?a=b&c=d" in made.text
    assert _render("x{{ portal }}", portal_link="javascript:alert(1)").text == "x\n"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"consequences": ()}, "x\n"),
        (
            {"consequences": ("suspension",), "pay_by": dt.date(2026, 3, 18)},
            "If the balance is still open after 18 March 2026, we may have to suspend deliveries "
            "and services on your account until it is settled.\n",
        ),
        (
            {"consequences": ("agency", "legal"), "pay_by": None,
             "respond_by": dt.date(2026, 3, 23)},
            "If we have received neither payment nor a reply by 23 March 2026, we intend to hand "
            "the balance over to a collection agency or refer the matter to our lawyers.\n",
        ),
        (
            {"consequences": ("credit_hold",), "pay_by": None},
            "If the balance remains open, we may have to accept new orders only once the account "
            "is settled.\n",
        ),
    ],
)  # fmt: skip
def test_a_consequence_is_named_with_its_day(said: dict[str, object], shown: str) -> None:
    """Only what is proposed is named, as a possibility or, in a final demand, an intention."""
    made = _render("x\n\n{{ consequence }}", **said)
    assert made.text.replace("\n", " ").replace("x  ", "").strip() == shown.strip()


def test_long_words_and_amounts_stay_whole_in_text() -> None:
    """Plain text is wrapped at spaces only: links work, and an amount keeps its currency."""
    link = "https://pay.example/" + "x" * 100
    assert link in _render("{{ portal }}", portal_link=link).text.splitlines()[-1]
    made = _render("word " * 13 + "word {{ total_due }}").text
    assert "EUR 1,200.00" in made
    assert max(map(len, made.splitlines())) <= 76


def test_a_long_subject_is_cut() -> None:
    """A subject is at most 250 characters, the last of them saying that it was cut."""
    name = "Very Long Name " * 40
    made = render.render(
        data("own", recipient=with_(RECIPIENT, customer_name=name)),
        templates=_templates("x", "About {{ customer_name }}"), sent_at=SENT_AT,
    )  # fmt: skip
    assert len(made.subject) == 250
    assert made.subject.endswith("…")


def test_a_script_is_for_reading_aloud() -> None:
    """A call's script has headings, facts of the day, and the outcomes to record."""
    made = render.script(data("call_overdue"), templates=render.load_templates())
    assert made.title == "Call: Bäckerei Schröder & Söhne KG, EUR 1,200.00"
    assert "\nOpening\n" in f"\n{made.text}"
    assert "INV-1" in made.text
    assert "<strong>promise</strong>" in made.html


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("no front matter", "own: no front matter between --- lines"),
        ("---\nsubject: ''\n---\nx", "own: no subject"),
        ("---\nsubject: s\n---\n{{ colour }}", "own: unknown field 'colour'"),
        ("---\nsubject: '{{ hue }}'\n---\nx", "own: unknown field 'hue'"),
        (
            "---\nsubject: s\n---\nx\n{% if %}",
            "own:2: Expected an expression, got 'end of statement block'",
        ),
        (
            "---\nsubject: s\n---\n{{ customer_name | upper }}",
            "own: 'customer_name' can be shown and asked for, not compared or filtered",
        ),
        (
            "---\nsubject: s\n---\n{% if pay_by == 'x' %}y{% endif %}",
            "own: 'pay_by' can be shown and asked for, not compared or filtered",
        ),
        (
            "---\nsubject: s\n---\n{{ greeting | upper }}",
            "own: 'greeting' can be shown and asked for, not compared or filtered",
        ),
    ],
)  # fmt: skip
def test_the_linter_names_what_is_wrong(text: str, wrong: str) -> None:
    """Each mistake is one sentence with the template's name."""
    assert render.check(text, name="own") == [wrong]


def test_the_linter_leaves_good_templates_alone() -> None:
    """Asking for a field, counting and capitalising the words of items are all fine."""
    good = (
        "---\nsubject: '{{ item_word | capitalize }}'\n---\n"
        "{% if pay_by and not consequences %}{{ pay_by }}{% endif %}"
        "{% if invoice_count > 1 %}{{ invoice_count }}{% endif %}{{ items }}"
    )
    assert render.check(good, name="own") == []


def test_a_folder_of_ones_own_is_read_like_the_built_in_one(tmp_path: Path) -> None:
    """Templates and phrases come from any folder with the same shape."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "note.md").write_text("---\nsubject: Note\n---\nHello")
    (tmp_path / "en" / "phrases.yaml").write_text("and: and")
    found = render.load_templates(tmp_path)
    assert found.find("note", "de") == ("en", render.Template("Note", "Hello", False))  # noqa: FBT003
    assert found.phrases == {"en": {"and": "and"}}


@pytest.mark.parametrize(
    "body",
    [
        "{{ 'x' * 10000000000 }}", "{{ 9 ** 9 ** 9 }}", "{{ '%9999999999d' % 1 }}",
        "{{ 'x' | center(9999999999) }}", "{{ 'x'.ljust(9999999999) }}", "{{ range(9) }}",
        "{% for a in consequences %}{% for b in consequences %}x{% endfor %}{% endfor %}",
        "{% for a in consequences recursive %}{{ loop(consequences) }}{% endfor %}",
        "{% set a = 'x' %}{{ a }}", "{% macro m() %}x{% endmacro %}{{ m() }}", "{{ items.x }}",
        "{{ item_word | replace('', 'xxxxxxxx') }}", "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{% if pay_by %}" * 3000 + "{% endif %}" * 3000, "x" * 60_000, "{{ invoice_count + 'x' }}",
        "{% if pay_by %}",
    ],
)  # fmt: skip
def test_a_text_only_says_something(body: str) -> None:
    """What could fill the memory, call or loop is named when it is kept, and never compiled."""
    text = f"---\nsubject: s\n---\n{body}"
    assert render.check(text, name="own")
    with pytest.raises(Refused):
        _render(body)


@pytest.mark.parametrize(
    "head",
    ["subject: !!python/name:os.system x", "subject: !own x", "a: &a x\nsubject: *a", "- x", "x",
     "[" * 3000, "subject: [", "subject: 2026-99-99T99:99:99"],
)  # fmt: skip
def test_front_matter_is_a_few_plain_keys(head: str) -> None:
    """A tag, a reference, a list, what has no end: each is said, and nothing breaks."""
    found = render.check(f"---\n{head}\n---\nx", name="own")
    assert found, "it has no subject, or cannot be read"
    assert found[0].startswith("own: ")
