"""Every template in every language: complete, well-formed, polite, and true to its data."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from sample_messages import (
    BEFORE_OVERDUE,
    DEMANDS,
    RECIPIENT,
    SENDER,
    SENT_AT,
    data,
    line,
    part,
    with_,
)

from dunwell import policies
from dunwell.core import message, reminder
from dunwell.delivery import render
from dunwell.delivery.words import Words

FOLDER = Path(policies.__file__).parent / "templates"
TEMPLATES = render.load_templates()
NAMES = sorted(path.stem for path in (FOLDER / "en").glob("*.md"))
SCRIPTS = [n for n in NAMES if n.startswith("call_")]
WRITTEN = [n for n in NAMES if n not in SCRIPTS]
EVERY = list(itertools.product(render.LANGUAGES, NAMES))
EVERY_WRITTEN = list(itertools.product(render.LANGUAGES, WRITTEN))
EVERY_SCRIPT = list(itertools.product(render.LANGUAGES, SCRIPTS))
ALWAYS = ("greeting", "items", "also_overdue", "credits", "totals", "counted", "bank", "portal",
          "contact", "under_query", "enclosed", "signature")  # fmt: skip
CODES = ("suspension", "credit_hold", "prepayment", "agency", "legal")

# Words by which a message would name a measure; a lower-case search anywhere in the text.
MEASURES = {
    "en": r"agency|lawyer|solicitor|\bcourts?\b|suspend|new orders|in advance|credit hold",
    "de": "inkasso|anwält|anwalt|gericht|auszusetzen|sperr|neue aufträge|vorauszahlung|vorkasse",
    "nl": "incasso|advoca|rechtbank|gerecht|op te schorten|nieuwe bestellingen|vooruitbetaling",
    "fr": "société spécialisée|avocat|tribunal|huissier|suspend|nouvelles commandes|d.avance",
    "es": "agencia|abogad|tribunal|judicial|suspend|nuevos pedidos|por adelantado",
    "it": "società specializzata|legali|avvocat|tribunal|sospend|nuovi ordini|anticipat",
    "pt": "empresa especializada|advogad|tribunal|judicial|suspend|novas encomendas|antecipado",
}
# Words that frighten, shame or press; no message of ours needs one.
THREATS = {
    "en": "regret|sue you|seize|bailiff|police|criminal|fraud|blacklist|warn you|shame|"
    "ruin|threat|consequences for you|asap|no excuse|unacceptable",
    "de": "polizei|strafanzeige|straftat|betrug|pfänd|gerichtsvollzieher|drohen|schufa|"
    "werden sie bereuen|letzte chance|unverschämt|keine ausrede|inakzeptabel",
    "nl": "politie|aangifte|strafbaar|fraude|beslag|deurwaarder|dreig|zwarte lijst|spijt|"
    "laatste kans|geen excuus|onaanvaardbaar",
    "fr": "police|plainte|escroquerie|fraude|saisie|huissier|menac|liste noire|regretter|"
    "dernière chance|inadmissible|inacceptable",
    "es": "policía|denuncia|estafa|fraude|embargo|embargar|amenaz|lista negra|lamentará|"
    "última oportunidad|inadmisible|inaceptable",
    "it": "polizia|denuncia|truffa|frode|pignora|ufficiale giudiziario|minacc|lista nera|"
    "se ne pentirà|ultima possibilità|inammissibile|inaccettabile",
    "pt": "polícia|queixa-crime|burla|fraude|penhora|ameaç|lista negra|arrepender|"
    "última oportunidade|inadmissível|inaceitável",
}
SHORT_FORMS = {"IBAN", "BIC", "EUR", "SMS"}

ONE = part()
TWELVE = part(12, credits_minor=5_000)
MIXED = part(
    about=(line("INV-1", po_number="PO-7"), line("D-2", kind="debit_note"),
           line("INV-3/2", kind="instalment", issued_on=None)),
)  # fmt: skip
FULL = part(
    3,
    also_overdue=(line("INV-70", due_on=dt.date(2026, 1, 5), days_overdue=66),),
    under_query=(line("INV-60"),),
    due_soon=(line("INV-50", due_on=dt.date(2026, 3, 16), days_overdue=0),),
)
CASES: dict[str, tuple[tuple[message.CurrencyPart, ...], dict[str, Any]]] = {
    "one": ((ONE,), {}),
    "twelve with credits": ((TWELVE,), {}),
    "two currencies": ((part(2), part(1, currency="USD")), {}),
    "several kinds": ((MIXED,), {}),
    "all four parts": ((FULL,), {"portal_link": "https://pay.example/p/1"}),
    "nobody known": (
        (ONE,),
        {
            "recipient": with_(RECIPIENT, contact_name="", customer_name=""),
            "sender": with_(SENDER, signatory_name="", phone=""),
        },
    ),
    "no bank": ((part(bank=None, reference=""),), {}),
    "no day named": ((ONE,), {"pay_by": None, "respond_by": None}),
    "urgent with statement": ((ONE,), {"is_urgent": True}),
}


def _made(language: str, name: str, case: str, **more: Any) -> message.Message:
    parts, said = CASES[case]
    given = {"recipient": RECIPIENT, "consequences": ()} | said | more
    given["recipient"] = with_(given["recipient"], language=language)
    return render.render(data(name, *parts, **given), templates=TEMPLATES, sent_at=SENT_AT)


@functools.cache
def _source(language: str, name: str) -> str:
    return (FOLDER / language / f"{name}.md").read_text("utf-8")


def _blocks(language: str, name: str) -> list[str]:
    return [b for b in re.findall(r"{{ (\w+) }}", _source(language, name)) if b in render.BLOCKS]


def _own_words(source: str) -> str:
    """The words of a template, without its fields, conditions and the keys of its head."""
    source = re.sub(r"{[{%].*?[}%]}", " ", source)
    return re.sub(r"^(---|subject:|call_script: true)", " ", source, flags=re.M)


def _leaves(tree: Any, path: str = "") -> dict[str, str]:
    """The phrases by their path; a pair of words is one phrase."""
    if isinstance(tree, dict):
        return {
            k: v for name, sub in tree.items() for k, v in _leaves(sub, f"{path}/{name}").items()
        }
    return {path: " ".join(tree) if isinstance(tree, list) else str(tree)}


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_every_language_has_every_template(language: str) -> None:
    """The same files in all seven languages, so that nobody is written to in another."""
    assert sorted(p.stem for p in (FOLDER / language).glob("*.md")) == NAMES


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_every_language_has_every_phrase(language: str) -> None:
    """The same keys in all seven languages, and every pair of words is a pair."""
    found, wanted = _leaves(TEMPLATES.phrases[language]), _leaves(TEMPLATES.phrases["en"])
    assert found.keys() == wanted.keys()
    assert all(found.values())
    assert all(len(pair) == 2 for pair in TEMPLATES.phrases[language]["kinds"].values())


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_phrases_use_the_same_fields(language: str) -> None:
    """A sentence of a block is given the same fields in every language."""
    found, wanted = _leaves(TEMPLATES.phrases[language]), _leaves(TEMPLATES.phrases["en"])
    for path, phrase in found.items():
        assert _fields(phrase) == _fields(wanted[path]), path


def _fields(phrase: str) -> set[str]:
    return set(re.findall(r"\b(?:by|what|email|phone|is_letter|\w+_link|contact_name|counted_to)\b",
                          " ".join(re.findall(r"{[{%](.*?)[}%]}", phrase, re.S))))  # fmt: skip


@pytest.mark.parametrize(("language", "name"), EVERY)
def test_templates_are_well_formed(language: str, name: str) -> None:
    """The linter finds nothing, the head is right, and the blocks are those of the English text."""
    assert render.check(_source(language, name), name=name) == []
    assert TEMPLATES.texts[(language, name)].is_call_script is (name in SCRIPTS)
    assert sorted(_blocks(language, name)) == sorted(_blocks("en", name))


@pytest.mark.parametrize("policy", policies.BUILT_IN)
def test_every_action_of_a_policy_has_its_text(policy: str) -> None:
    """A call's template is a script and a mail's or letter's is not, in every language."""
    for cadence in policies.built_in(policy).cadences.values():
        for step in cadence.steps:
            for action in step.actions:
                name = action.template or step.template or step.id
                for language in render.LANGUAGES:
                    text = TEMPLATES.texts[(language, name)]
                    assert text.is_call_script is (action.channel == "call"), (step.id, language)


def _tones() -> dict[str, set[str]]:
    """The tones in which the built-in policies use each written template."""
    tones: dict[str, set[str]] = {}
    for policy in policies.BUILT_IN:
        for cadence in policies.built_in(policy).cadences.values():
            for step in cadence.steps:
                for action in step.actions:
                    if action.channel != "call":
                        name = action.template or step.template or step.id
                        tones.setdefault(name, set()).add(step.tone)
    return tones | {reminder.STEP: {"friendly"}}  # no policy's step, always friendly


@pytest.mark.parametrize("name", WRITTEN)
def test_a_message_has_the_blocks_it_needs(name: str) -> None:
    """What is owed, how to pay it, how far payments count, how to object, and who writes.

    What falls due soon stands in friendly and urgent messages only, earlier contacts in a final
    demand only, and a consequence wherever an overdue item is demanded.
    """
    found = _blocks("en", name)
    assert set(ALWAYS) <= set(found)
    assert len(found) == len(set(found))
    assert ("due_soon" in found) is (_tones()[name] <= {"friendly", "urgent"})
    assert ("attempts" in found) is (name in DEMANDS)
    assert ("consequence" in found) is (name not in BEFORE_OVERDUE)


@pytest.mark.parametrize(("language", "name"), EVERY_WRITTEN)
def test_every_message_reads_well_with_any_data(language: str, name: str) -> None:
    """Nothing is left unfilled, doubled or dangling, and every item, total and day is there."""
    for case, (parts, _) in CASES.items():
        made = _made(language, name, case)
        for shown in (made.subject, made.text, made.html):
            assert not re.search(r"[\ue000-\uf8ff{}]|%}|\bNone\b|\bUndefined\b", _no_css(shown)), (
                case
            )
        prose = made.text.replace("\n", " ")
        assert not re.search(r" [,.](\s|$)|,,|\.\.|\(\)|: ?\.|; ?\.", prose), (case, prose)
        assert made.subject == made.subject.strip()
        assert made.language == language
        say = Words(language, TEMPLATES.phrases[language])
        for p in parts:
            for item in (*p.about, *p.also_overdue, *p.under_query):
                assert item.number in made.text, (case, item.number)
            amount = re.sub(r"\s", " ", say.money(p.total_minor, p.currency))
            assert amount in re.sub(r"\s+", " ", made.text), case
        assert say.date(dt.date(2026, 3, 11)) in re.sub(r"\s+", " ", made.text), case


def _no_css(shown: str) -> str:
    return re.sub(r'style="[^"]*"', "", shown)


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_a_reminder_names_the_instalment_its_plan_and_its_day(language: str) -> None:
    """What the plan covers stands in a sentence, and nothing of it in a list; no threat in it."""
    one = line(
        "2/3", kind="instalment", issued_on=None, due_on=dt.date(2026, 4, 1), days_overdue=0,
        amount_minor=30_000, open_minor=20_000, demanded_minor=20_000,
    )  # fmt: skip
    made = render.render(
        data(reminder.STEP, part(about=(one,)), recipient=with_(RECIPIENT, language=language),
             plan_items=("R-7", "R-9")),
        templates=TEMPLATES, sent_at=SENT_AT,
    )  # fmt: skip
    say = Words(language, TEMPLATES.phrases[language])
    text = re.sub(r"\s+", " ", made.text)
    day, amount = say.date(dt.date(2026, 4, 1)), re.sub(r"\s", " ", say.money(20_000, "EUR"))
    for words in ("2/3", say.join(["R-7", "R-9"]), day, amount, "RF18539007547034"):
        assert words in text, words
    assert "2/3" in made.subject
    assert day in made.subject


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_the_day_to_pay_or_answer_is_named(language: str) -> None:
    """A notice names its pay-by date, a final demand its respond-by date, in words of its own."""
    say = Words(language, TEMPLATES.phrases[language])
    for name in set(WRITTEN) - set(BEFORE_OVERDUE):
        day = dt.date(2026, 3, 23) if name in DEMANDS else dt.date(2026, 3, 18)
        assert say.date(day) in re.sub(r"\s+", " ", _made(language, name, "one").text), name


@pytest.mark.parametrize(("language", "name"), EVERY)
def test_no_consequence_is_named_that_is_not_proposed(language: str, name: str) -> None:
    """Without a proposal no measure is named; with one, that one and no other (SEMANTICS 6.9)."""
    sentences = TEMPLATES.phrases[language]["consequences"]
    for codes in ((), *((code,) for code in CODES), ("agency", "legal")):
        text = _spoken(language, name, codes)
        for code in CODES:
            is_named = _flat(sentences[code]) in text
            is_meant = code in codes and "consequence" in _blocks("en", name)
            assert is_named is is_meant, (codes, code)
            text = text.replace(_flat(sentences[code]), "")
        assert not re.search(MEASURES[language], text), codes


def _spoken(language: str, name: str, codes: tuple[str, ...]) -> str:
    recipient = with_(RECIPIENT, language=language)
    said = data(name, FULL, recipient=recipient, consequences=codes)
    if name in SCRIPTS:
        return _flat(render.script(said, templates=TEMPLATES).text)
    made = render.render(said, templates=TEMPLATES, sent_at=SENT_AT)
    return _flat(f"{made.subject} {made.text}")


def _flat(words: str) -> str:
    return re.sub(r"\s+", " ", words).lower()


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_the_words_for_measures_are_the_ones_we_use(language: str) -> None:
    """The list that finds a measure named by chance finds each of those named on purpose."""
    for code, sentence in TEMPLATES.phrases[language]["consequences"].items():
        assert re.search(MEASURES[language], sentence.lower()), code


def _sources(language: str) -> dict[str, str]:
    texts = {name: _own_words(_source(language, name)) for name in NAMES}
    return texts | {path: _own_words(v) for path, v in _leaves(TEMPLATES.phrases[language]).items()}


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_the_tone_is_polite(language: str) -> None:
    """No exclamation mark, no word in capitals, no threatening word, in text or phrase."""
    for name, words in _sources(language).items():
        assert not re.search("[!¡]", words), name
        shouted = set(re.findall(r"\b[A-ZÀ-ÖØ-Þ]{3,}\b", words)) - SHORT_FORMS
        assert not shouted, (name, shouted)
        assert not re.search(rf"\b(?:{THREATS[language]})", words.lower()), name


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_a_message_holds_nothing_of_the_one_before(language: str) -> None:
    """Two customers' messages made one after the other share no name, number or address."""
    other = with_(
        RECIPIENT, customer_reference="X-9", customer_name="Zweite Firma", contact_name="Zoe Zett",
        email="zoe@zweite.example", language="fr",
    )  # fmt: skip
    mine = part(2, reference="RF712348231", also_overdue=(line("INV-77"),))
    theirs = part(about=(line("OTHER-1", po_number="THEIR-PO"),))
    for name in WRITTEN:
        render.render(
            data(name, theirs, recipient=other, reply_to="ar+c9@nordwind.example"),
            templates=TEMPLATES, sent_at=SENT_AT,
        )  # fmt: skip
        made = render.render(
            data(name, mine, recipient=with_(RECIPIENT, language=language)),
            templates=TEMPLATES, sent_at=SENT_AT,
        )  # fmt: skip
        assert made.language == language
        shown = made.subject + made.text + made.html + made.raw.decode()
        for foreign in ("OTHER-1", "THEIR-PO", "X-9", "Zweite", "Zoe", "c9@", "zweite.example"):
            assert foreign not in shown, (name, foreign)


@pytest.mark.parametrize(("language", "name"), EVERY_SCRIPT)
def test_every_script_has_its_outcomes_and_facts(language: str, name: str) -> None:
    """A caller sees the items, the total, and every outcome that can be recorded."""
    made = render.script(
        data(name, FULL, recipient=with_(RECIPIENT, language=language)), templates=TEMPLATES
    )
    for code in ("reached", "promise", "dispute", "refused", "voicemail", "gatekeeper",
                 "wrong_number"):  # fmt: skip
        assert re.search(rf"^- {code}\s?: ", made.text, re.M), code
    assert "INV-70" in made.text
    assert made.language == language


def test_every_field_and_block_is_explained() -> None:
    """The guide for writers names every field and block there is, and no other."""
    rows = re.findall(r"^\| (`.*?) \|", (FOLDER / "README.md").read_text("utf-8"), re.M)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(render.SCALARS | render.BLOCKS)


def test_singular_and_plural_differ() -> None:
    """One invoice and twelve are not spoken of in the same words."""
    for language, name in EVERY_WRITTEN:
        if "invoice_count" not in _source(language, name):
            continue
        one, twelve = (_made(language, name, c) for c in ("one", "twelve with credits"))
        opening = [m.text.split("\n\n")[1] for m in (one, twelve)]
        assert opening[0] != opening[1], (language, name)


def test_a_text_that_counts_says_what_it_counts() -> None:
    """A template with a singular has the words of its items, never a fixed "invoice"."""
    for language, name in EVERY:
        source = _source(language, name)
        assert ("items_word" in source) is ("invoice_count == 1" in source), (language, name)
        fixed = TEMPLATES.phrases[language]["kinds"]["invoice"]
        words = set(re.findall(r"\w+", _own_words(source).lower()))
        assert words.isdisjoint(w.lower() for w in fixed), (language, name)
