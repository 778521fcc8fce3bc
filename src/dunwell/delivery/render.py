"""Template and data to a Message: one source text for mail text, mail HTML and letter.

A template is Markdown with merge fields (policies/templates/README.md). Unknown fields are
refused, never left blank; every value is data and cannot become markup. Must not know: the
database, today.
"""

from __future__ import annotations

import datetime as dt
import email.message
import email.policy
import email.utils
import functools
import hashlib
import re
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import jinja2.meta
import jinja2.sandbox
import markdown_it
import ruamel.yaml

from dunwell.core import message
from dunwell.core.errors import Refused
from dunwell.delivery import blocks

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
SCALARS = frozenset(
    """customer_name customer_reference contact_name entity_name total_due invoice_count
    oldest_number oldest_due_on oldest_days_overdue pay_by respond_by counted_to signatory_name
    signatory_role entity_phone entity_email reference as_of consequences has_due_soon has_query
    has_also_overdue item_word items_word""".split()
)
BLOCKS = frozenset(
    """greeting items also_overdue under_query due_soon credits totals bank consequence attempts
    portal counted contact enclosed signature""".split()
)
_MARK = "\ue000"  # private use: stands where a block goes; never typed by people

_environment = jinja2.sandbox.SandboxedEnvironment(
    undefined=jinja2.StrictUndefined, keep_trailing_newline=False, autoescape=False
)
_markdown = markdown_it.MarkdownIt("commonmark", {"html": False})


class Template(NamedTuple):
    """One text in one language."""

    subject: str
    body: str
    is_call_script: bool


class Templates(NamedTuple):
    """All texts and phrases, by language."""

    texts: dict[tuple[str, str], Template]
    phrases: dict[str, dict[str, Any]]

    def find(self, name: str, language: str) -> tuple[str, Template]:
        """Return the text in the language, else in English.

        Raises: Refused when there is none by that name.
        """
        for code in (language, "en"):
            if (code, name) in self.texts:
                return code, self.texts[(code, name)]
        raise Refused("missing_template", f"no template {name!r} in {language} or en")


@functools.lru_cache(maxsize=8)
def load_templates(folder: Path | None = None) -> Templates:
    """Read all templates and phrases of a folder, by default the built-in ones."""
    root = folder or Path(__file__).parent.parent / "policies" / "templates"
    texts: dict[tuple[str, str], Template] = {}
    phrases: dict[str, dict[str, Any]] = {}
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    for language in LANGUAGES:
        for path in sorted((root / language).glob("*.md")):
            texts[(language, path.stem)] = parse(path.read_text("utf-8"), name=path.stem)
        file = root / language / "phrases.yaml"
        if file.exists():
            phrases[language] = yaml.load(file.read_text("utf-8"))
    return Templates(texts, phrases)


def parse(text: str, *, name: str) -> Template:
    """Split a template file into its subject and body.

    Raises: Refused when the front matter is missing.
    """
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.S)
    if match is None:
        raise Refused("bad_template", f"{name}: no front matter between --- lines")
    head = ruamel.yaml.YAML(typ="safe", pure=True).load(match[1]) or {}
    return Template(str(head.get("subject", "")), match[2], bool(head.get("call_script")))


def check(text: str, *, name: str) -> list[str]:
    """Return what is wrong with a template: for the policy's linter and the tests."""
    try:
        template = parse(text, name=name)
    except Refused as error:
        return [str(error)]
    wrong = []
    if not template.subject and not template.is_call_script:
        wrong.append(f"{name}: no subject")
    for part in (template.subject, template.body):
        try:
            used = jinja2.meta.find_undeclared_variables(_environment.parse(part))
        except jinja2.TemplateSyntaxError as error:
            wrong.append(f"{name}:{error.lineno}: {error.message}")
            continue
        wrong += [f"{name}: unknown field {u!r}" for u in sorted(used - SCALARS - BLOCKS)]
    return wrong


def render(
    data: message.MessageData, *, templates: Templates, sent_at: dt.datetime
) -> message.Message:
    """Return the message ready to hand over; the same data gives the same bytes.

    Raises: Refused for a missing template, an unknown field, or no item to write about.
    """
    language, template = templates.find(data.template, data.recipient.language)
    say = blocks.Words(language, templates.phrases[language])
    fields = _fields(data, say)
    try:
        subject = _fill(template.subject, fields | dict.fromkeys(BLOCKS, ""))
        body = _fill(
            template.body,
            {k: _escape(v) for k, v in fields.items()}
            | {b: f"\n\n{_MARK}{b}{_MARK}\n\n" for b in BLOCKS},
        )
    except jinja2.UndefinedError as error:
        raise Refused("unknown_placeholder", f"{data.template} ({language}): {error}") from error
    subject = re.sub(r"\s+", " ", subject).strip()
    if data.is_urgent and say.phrases.get("urgent_subject"):
        subject = f"{say.phrases['urgent_subject']}: {subject}"
    pieces = _pieces(body, data, say)
    text = blocks.as_text(pieces)
    page = blocks.as_html(pieces, language=language, title=subject)
    if data.channel == "letter":
        raw = _letter(data, subject, pieces, say)
    else:
        raw = _mail(data, subject, text, page, pieces, say, sent_at=sent_at)
    return message.Message(
        key=data.key,
        channel=data.channel,
        to=data.recipient.email if data.channel == "email" else data.recipient.customer_reference,
        subject=subject,
        language=language,
        text=text,
        html=page,
        raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        sender_address=data.sender.email,
    )


def _fill(source: str, fields: dict[str, Any]) -> str:
    return _environment.from_string(source).render(fields)


def _escape(value: Any) -> Any:
    """Make a value plain words to Markdown: nothing in it can become markup."""
    if not isinstance(value, str):
        return value
    value = value.replace(_MARK, "")
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&-])", r"\\\1", value).replace("\n", " ")


def _fields(data: message.MessageData, say: blocks.Words) -> dict[str, Any]:
    about = [line for part in data.parts for line in part.about]
    if not about:
        raise Refused("nothing_to_say", f"{data.template}: no item this message is about")
    oldest = min(about, key=lambda x: (x.due_on, x.number))
    role = say.phrases.get("roles", {}).get(data.sender.signatory_role, "")
    item_word, items_word = say.kinds(line.kind for line in about)
    return {
        "customer_name": data.recipient.customer_name or data.recipient.customer_reference,
        "customer_reference": data.recipient.customer_reference,
        "contact_name": data.recipient.contact_name,
        "entity_name": data.sender.entity_name,
        "total_due": say.join([say.money(p.total_minor, p.currency) for p in data.parts]),
        "invoice_count": len(about),
        "item_word": item_word,
        "items_word": items_word,
        "oldest_number": oldest.number,
        "oldest_due_on": say.date(oldest.due_on),
        "oldest_days_overdue": oldest.days_overdue,
        "pay_by": say.date(data.pay_by) if data.pay_by else "",
        "respond_by": say.date(data.respond_by) if data.respond_by else "",
        "counted_to": say.date(data.counted_to),
        "signatory_name": data.sender.signatory_name,
        "signatory_role": role,
        "entity_phone": data.sender.phone,
        "entity_email": data.sender.email,
        "reference": data.parts[0].reference if data.parts else "",
        "as_of": say.date(data.as_of),
        "consequences": list(data.consequences),
        "has_due_soon": any(p.due_soon for p in data.parts),
        "has_query": any(p.under_query for p in data.parts),
        "has_also_overdue": any(p.also_overdue for p in data.parts),
    }


def _pieces(body: str, data: message.MessageData, say: blocks.Words) -> list[blocks.Piece]:
    """Cut the body into paragraphs of words and the blocks between them."""
    pieces: list[blocks.Piece] = []
    for n, part in enumerate(body.split(_MARK)):
        if n % 2:
            pieces += blocks.block(part, data, say)
        elif part.strip():
            pieces += blocks.paragraphs(_markdown.parse(part.strip()))
    return pieces


def _mail(
    data: message.MessageData,
    subject: str,
    text: str,
    page: str,
    pieces: list[blocks.Piece],
    say: blocks.Words,
    *,
    sent_at: dt.datetime,
) -> bytes:
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    sender = data.sender
    domain = sender.email.rpartition("@")[2] or "dunwell.invalid"
    mail["From"] = email.utils.formataddr((_one_line(sender.entity_name), sender.email))
    mail["To"] = email.utils.formataddr(
        (_one_line(data.recipient.contact_name), data.recipient.email)
    )
    mail["Subject"] = _one_line(subject)
    mail["Date"] = email.utils.format_datetime(sent_at)
    mail["Message-ID"] = f"<{data.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Dunwell-Key"] = data.key
    if data.reply_to:
        mail["Reply-To"] = data.reply_to
    if data.is_urgent:
        mail["Importance"] = "high"
        mail["X-Priority"] = "2"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(page, subtype="html", cte="quoted-printable")
    reference = re.sub(r"[^A-Za-z0-9-]", "", data.recipient.customer_reference)
    if data.attach_statement:
        from dunwell.delivery import letter  # Typst is loaded only where a page is set

        mail.add_attachment(
            letter.statement(data, say),
            maintype="application",
            subtype="pdf",
            filename=f"{say.label('statement')}-{reference}-{data.as_of}.pdf".replace(" ", "-"),
        )
    if data.attach_letter:
        mail.add_attachment(
            _letter(data, subject, pieces, say),
            maintype="application",
            subtype="pdf",
            filename=f"{say.label('letter')}-{reference}-{data.as_of}.pdf".replace(" ", "-"),
        )
    _fix_boundaries(mail, data.key)
    return mail.as_bytes()


def _fix_boundaries(mail: email.message.EmailMessage, key: str) -> None:
    """Give each part a boundary made from the key, so that the same mail is the same bytes."""
    for n, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{key}_{n}")


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()


def _letter(
    data: message.MessageData, subject: str, pieces: list[blocks.Piece], say: blocks.Words
) -> bytes:
    from dunwell.delivery import letter  # Typst is loaded only where a page is set

    return letter.letter(data, subject, pieces, say)
