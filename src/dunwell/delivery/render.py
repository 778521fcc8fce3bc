"""Template and data to a Message: one source text for mail text, mail HTML and letter.

A template is Markdown with merge fields (policies/templates/README.md). Unknown fields are
refused, never left blank. Values are put in after the Markdown has been read, so nothing in
them can become markup. Must not know: the database, today.

Read top-down: `render` makes the message, `script` what a caller reads; `check` is the linter.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import jinja2
import jinja2.meta
import jinja2.nodes
import markdown_it
import ruamel.yaml
from ruamel.yaml.error import YAMLError

from dunwell.core import message
from dunwell.core.errors import Refused
from dunwell.delivery import blocks, media, words
from dunwell.delivery.email import mime
from dunwell.delivery.sms import short

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
TEXTS = tuple(
    """customer_name customer_reference contact_name entity_name total_due oldest_number
    oldest_due_on pay_by respond_by counted_to signatory_name signatory_role entity_phone
    entity_email reference as_of plan_items""".split()
)
"""Fields whose value is a text: put in once the Markdown has been read."""
CHOICES = frozenset(
    """invoice_count oldest_days_overdue item_word items_word consequences has_due_soon has_query
    has_also_overdue""".split()
)
"""Fields a template may also compare, filter and count with."""
SCALARS = CHOICES.union(TEXTS)
BLOCKS = blocks.NAMES

# Private use characters stand where a block or a text goes until the Markdown is read.
_BLOCK_MARKS = {name: chr(0xE000 + n) for n, name in enumerate(sorted(BLOCKS))}
_TEXT_MARKS = {name: chr(0xE100 + n) for n, name in enumerate(TEXTS)}
_BLOCKS_BY_MARK = {mark: name for name, mark in _BLOCK_MARKS.items()}
_TEXTS_BY_MARK = {mark: name for name, mark in _TEXT_MARKS.items()}
_BLOCK_AT = re.compile("([\ue000-\ue0ff])")
_TEXT_AT = re.compile("[\ue100-\ue1ff]")
_BLOCK_FIELDS = {name: f"\n\n{mark}\n\n" for name, mark in _BLOCK_MARKS.items()}
_NO_BLOCKS = dict.fromkeys(BLOCKS, "")
_SUBJECT_CHARS = 250
_UNFIT = (jinja2.TemplateError, TypeError, ValueError, ArithmeticError)
"""What filling a text can end in that was written wrong."""
_TRIED: dict[str, Any] = {
    "invoice_count": 2, "oldest_days_overdue": 30, "consequences": ["suspension"],
    "has_due_soon": True, "has_query": True, "has_also_overdue": True,
}  # fmt: skip

_markdown = markdown_it.MarkdownIt("commonmark", {"html": False})


class Template(NamedTuple):
    """One text in one language."""

    subject: str
    body: str
    is_call_script: bool


class Templates(NamedTuple):
    """All texts and phrases, by language; `short` holds those for text messages, by name."""

    texts: dict[tuple[str, str], Template]
    phrases: dict[str, dict[str, Any]]
    short: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def find(self, name: str, language: str) -> tuple[str, Template]:
        """Return the text in the language, else in English.

        Raises: Refused when there is none by that name.
        """
        for code in (language, "en"):
            if (code, name) in self.texts:
                return code, self.texts[(code, name)]
        raise Refused("missing_template", f"no template {name!r} in {language} or en")


class Script(NamedTuple):
    """What a caller reads: facts, questions and outcomes, in the customer's language."""

    title: str
    language: str
    text: str
    html: str


@functools.lru_cache(maxsize=8)
def load_templates(folder: Path | None = None) -> Templates:
    """Read all templates and phrases of a folder, by default the built-in ones.

    Raises: Refused when a file has no front matter.
    """
    root = folder or Path(__file__).parent.parent / "policies" / "templates"
    texts: dict[tuple[str, str], Template] = {}
    phrases: dict[str, dict[str, Any]] = {}
    short_texts: dict[str, dict[str, str]] = {}
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    for language in LANGUAGES:
        for path in sorted((root / language).glob("*.md")):
            texts[(language, path.stem)] = parse(path.read_text("utf-8"), name=path.stem)
        for name, into in (("phrases", phrases), ("sms", short_texts)):
            file = root / language / f"{name}.yaml"
            if file.exists():
                into[language] = yaml.load(file.read_text("utf-8"))
    return Templates(texts, phrases, short_texts)


@functools.lru_cache(maxsize=64)
def with_own(own: tuple[tuple[str, str, str], ...]) -> Templates:
    """Return the built-in texts with a policy's own, (language, name, text), in their place.

    Raises: Refused for one without front matter.
    """
    there = load_templates()
    if not own:
        return there
    mine = {(code, name): parse(text, name=name) for code, name, text in own}
    return there._replace(texts=there.texts | mine)


@functools.cache
def built_in(name: str, language: str) -> str | None:
    """Return a built-in text as its file says it, or None where there is none."""
    if (language, name) not in load_templates().texts:
        return None
    folder = Path(__file__).parent.parent / "policies" / "templates"
    return (folder / language / f"{name}.md").read_text("utf-8")


def parse(text: str, *, name: str) -> Template:
    """Split a template file into its subject and body.

    Raises: Refused when the front matter is missing.
    """
    match = re.match(r"---\r?\n(.*?)\r?\n---\r?\n(.*)", text, re.S)
    if match is None:
        raise Refused("bad_template", f"{name}: no front matter between --- lines")
    head = _head(match[1], name=name)
    return Template(str(head.get("subject", "")), match[2], bool(head.get("call_script")))


def _head(text: str, *, name: str) -> dict[str, Any]:
    """Read front matter: a few plain keys, with nothing that stands for something elsewhere."""
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    try:
        if any(isinstance(event, ruamel.yaml.AliasEvent) for event in yaml.parse(text)):
            raise Refused("bad_template", f"{name}: no references (*) in the front matter")
        head = yaml.load(text) or {}
    except (YAMLError, RecursionError, ValueError) as error:
        said = " ".join(str(getattr(error, "problem", "") or "nested too deep").split())
        raise Refused("bad_template", f"{name}: the front matter cannot be read: {said}") from error
    if not isinstance(head, dict):
        raise Refused("bad_template", f"{name}: the front matter is not `subject: …`")
    return head


def check(text: str, *, name: str) -> list[str]:
    """Return what is wrong with a template: for the policy's linter and the tests."""
    try:
        template = parse(text, name=name)
    except Refused as error:
        return [str(error)]
    wrong = [] if template.subject else [f"{name}: no subject"]
    for part in (template.subject, template.body):
        try:
            tree = words.read(part)
        except Refused as error:
            wrong.append(f"{name}:{error}")
            continue
        if foreign := words.foreign(tree):
            wrong += [f"{name}:{said}" for said in foreign]
            continue  # looking at it further would work it out
        used = jinja2.meta.find_undeclared_variables(tree)
        wrong += [f"{name}: unknown field {u!r}" for u in sorted(used - SCALARS - BLOCKS)]
        touched = {n.name for n in _touched(tree)}
        wrong += [
            f"{name}: {t!r} can be shown and asked for, not compared or filtered"
            for t in sorted(touched - CHOICES)
        ]
    return wrong or _tried(template, name)


def _tried(template: Template, name: str) -> list[str]:
    """Return what goes wrong when a text is filled: once as a message would fill it."""
    given = dict.fromkeys(SCALARS | BLOCKS, "x") | _TRIED
    try:
        for part in (template.subject, template.body):
            words.plain(part).render(given)
    except (*_UNFIT, Refused) as error:
        return [f"{name}: cannot be filled: {error}"]
    return []


def _touched(tree: jinja2.nodes.Template) -> list[jinja2.nodes.Name]:
    """Return the fields a template does more with than show them or ask whether they are there."""
    kinds = (jinja2.nodes.Filter, jinja2.nodes.Compare, jinja2.nodes.BinExpr, jinja2.nodes.For)
    plain = (jinja2.nodes.And, jinja2.nodes.Or)
    found = [n for n in tree.find_all(kinds) if not isinstance(n, plain)]
    return [name for n in found for name in n.find_all(jinja2.nodes.Name)]


def render(
    data: message.MessageData, *, templates: Templates, sent_at: dt.datetime
) -> message.Message:
    """Return the message ready to hand over; the same data gives the same bytes.

    Raises: Refused for a missing template, an unknown field, or no item to write about.
    """
    if data.channel == "sms":
        return _text_message(data, templates)
    say, subject, pieces = _compose(data, templates)
    text = media.as_text(pieces)
    page = media.as_html(pieces, language=say.language, title=subject)
    if data.channel == "letter":
        raw = _letter(data, subject, pieces, say)
    else:
        raw = mime.mail(
            data, subject=subject, text=text, page=page, language=say.language,
            attachments=_attachments(data, subject, pieces, say), sent_at=sent_at,
        )  # fmt: skip
    return message.Message(
        key=data.key,
        channel=data.channel,
        to=data.recipient.email if data.channel == "email" else data.recipient.customer_reference,
        subject=subject,
        language=say.language,
        text=text,
        html=page,
        raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        sender_address=data.sender.email,
    )


def script(data: message.MessageData, *, templates: Templates) -> Script:
    """Return the script of a call, with the facts of the day it is read.

    Raises: Refused as `render` does.
    """
    say, title, pieces = _compose(data, templates)
    return Script(
        title, say.language, media.as_text(pieces),
        media.as_html(pieces, language=say.language, title=title),
    )  # fmt: skip


def _compose(
    data: message.MessageData, templates: Templates
) -> tuple[words.Words, str, list[blocks.Piece]]:
    """Return the language's words, the subject, and the pieces of the body."""
    language, template = templates.find(data.template, data.recipient.language)
    say = words.Words(language, templates.phrases[language])
    texts, choices = _fields(data, say)
    marks = {name: _TEXT_MARKS[name] if value else "" for name, value in texts.items()}
    try:
        subject = words.plain(template.subject).render(texts | choices | _NO_BLOCKS)
        body = words.plain(template.body).render(marks | choices | _BLOCK_FIELDS)
    except jinja2.UndefinedError as error:
        raise Refused("unknown_placeholder", f"{data.template} ({language}): {error}") from error
    except _UNFIT as error:
        raise Refused("bad_template", f"{data.template} ({language}): {error}") from error
    subject = re.sub(r"\s+", " ", subject).strip()
    if data.is_urgent:
        subject = f"{say.phrases['urgent_subject']}: {subject}"
    if len(subject) > _SUBJECT_CHARS:
        subject = subject[: _SUBJECT_CHARS - 1] + "…"
    return say, subject, _pieces(body, texts, data, say)


def _text_message(data: message.MessageData, templates: Templates) -> message.Message:
    """Return a text message: one line of plain text in at most two parts, with no markup."""
    wanted = data.recipient.language
    language = wanted if data.template in templates.short.get(wanted, {}) else "en"
    texts_there = templates.short[language]
    if data.template not in texts_there or data.template == "ending":
        raise Refused("missing_template", f"no short text {data.template!r} in {wanted} or en")
    source = f"{texts_there[data.template]} {texts_there['ending']}"
    say = words.Words(language, templates.phrases[language])
    texts, choices = _fields(data, say)
    dates = {
        "pay_by": data.pay_by, "respond_by": data.respond_by, "counted_to": data.counted_to,
        "oldest_due_on": min(line.due_on for p in data.parts for line in p.about),
    }  # fmt: skip
    texts |= {field: say.short_date(day) for field, day in dates.items()}
    name = texts["entity_name"]

    def fill(entity_name: str) -> str:
        given = texts | choices | {"entity_name": entity_name}
        try:
            return words.compiled(source).render(given)
        except jinja2.UndefinedError as error:
            said = f"{data.template} ({language}): {error}"
            raise Refused("unknown_placeholder", said) from error

    text = short.fitted(fill, name)
    raw = text.encode("utf-8", "replace")
    return message.Message(
        key=data.key,
        channel="sms",
        to=data.recipient.mobile,
        subject="",
        language=language,
        text=text,
        html="",
        raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def _fields(
    data: message.MessageData, say: words.Words
) -> tuple[dict[str, str], dict[str, object]]:
    """Return what the fields hold: the texts, and what a template may choose by."""
    about = [line for part in data.parts for line in part.about]
    if not about:
        raise Refused("nothing_to_say", f"{data.template}: no item this message is about")
    oldest = min(about, key=lambda x: (x.due_on, x.number))
    item_word, items_word = say.kinds(line.kind for line in about)
    sender, recipient = data.sender, data.recipient
    totals = [say.money(p.total_minor, p.currency) for p in data.parts if p.total_minor]
    texts = {
        "customer_name": recipient.customer_name or recipient.customer_reference,
        "customer_reference": recipient.customer_reference,
        "contact_name": recipient.contact_name,
        "entity_name": sender.entity_name,
        "total_due": say.join(totals),
        "oldest_number": oldest.number,
        "oldest_due_on": say.date(oldest.due_on),
        "pay_by": say.date(data.pay_by) if data.pay_by else "",
        "respond_by": say.date(data.respond_by) if data.respond_by else "",
        "counted_to": say.date(data.counted_to),
        "signatory_name": sender.signatory_name,
        "signatory_role": say.role(sender.signatory_role),
        "entity_phone": sender.phone,
        "entity_email": blocks.shown_email(data),
        "reference": data.parts[0].reference,
        "as_of": say.date(data.as_of),
        "plan_items": say.join(list(data.plan_items)),
    }
    choices = {
        "invoice_count": len(about),
        "oldest_days_overdue": oldest.days_overdue,
        "item_word": item_word,
        "items_word": items_word,
        "consequences": list(data.consequences),
        "has_due_soon": any(p.due_soon for p in data.parts),
        "has_query": any(p.under_query for p in data.parts),
        "has_also_overdue": any(p.also_overdue for p in data.parts),
    }
    return {name: words.one_line(value) for name, value in texts.items()}, choices


def _pieces(
    body: str, texts: dict[str, str], data: message.MessageData, say: words.Words
) -> list[blocks.Piece]:
    pieces: list[blocks.Piece] = []
    for part in _cut(body):
        if isinstance(part, str):
            pieces += blocks.block(part, data, say)
        elif _TEXT_AT.search(part.words):
            runs = tuple((style, _put_in(run, texts)) for style, run in part.runs)
            pieces.append(part._replace(runs=runs))
        else:
            pieces.append(part)
    return pieces


@functools.lru_cache(maxsize=1024)
def _cut(body: str) -> tuple[blocks.Piece | str, ...]:
    """Cut a body into pieces of words and the names of the blocks between them.

    Bodies differ only by the choices their template made, so few are ever parsed.
    """
    found: list[blocks.Piece | str] = []
    for part in _BLOCK_AT.split(body):
        if part in _BLOCKS_BY_MARK:
            found.append(_BLOCKS_BY_MARK[part])
        elif part.strip():
            found += blocks.paragraphs(_markdown.parse(part.strip()))
    return tuple(found)


def _put_in(run: str, texts: dict[str, str]) -> str:
    return _TEXT_AT.sub(lambda m: texts[_TEXTS_BY_MARK[m[0]]], run)


def _attachments(
    data: message.MessageData, subject: str, pieces: list[blocks.Piece], say: words.Words
) -> list[message.Attachment]:
    made: list[tuple[str, bytes]] = []
    if data.attach_statement:
        from dunwell.delivery import letter  # Typst is loaded only where a page is set

        made.append(("statement", letter.statement(data, say)))
    if data.attach_letter:
        made.append(("letter", _letter(data, subject, pieces, say)))
    reference = re.sub(r"[^A-Za-z0-9]+", "-", data.recipient.customer_reference).strip("-")
    return [
        message.Attachment(
            filename="-".join(x for x in (say.label(name), reference, str(data.as_of)) if x)
            .replace(" ", "-") + ".pdf",
            media_type="application/pdf",
            content=content,
        )
        for name, content in made
    ]  # fmt: skip


def _letter(
    data: message.MessageData, subject: str, pieces: list[blocks.Piece], say: words.Words
) -> bytes:
    from dunwell.delivery import letter  # Typst is loaded only where a page is set

    return letter.letter(data, subject, pieces, say)
