"""The writer's own words: without what is quoted, signed or added by mail programs.

Made for one question, whether a message says nothing but a stop word; when in doubt a line
counts as the writer's own, so that a doubtful message goes to a person.
"""

from __future__ import annotations

import re

# What mail programs write above the mail that is answered, in the languages we write in.
_ABOVE_QUOTE = re.compile(
    r"^\s*(?:>|[|]\s)"
    r"|^\s*-{2,}\s*(?:original|ursprüngliche|message d.origine|mensaje original|"
    r"messaggio originale|oorspronkelijk|mensagem original|forwarded|weitergeleitet)"
    r"|^\s*_{10,}\s*$"
    r"|^\s*(?:from|von|de|da|van|expéditeur|mittente)\s*:\s.*(?:@|<)"
    r"|^\s*(?:on|am|le|el|il|op|em|a)\s.{4,120}(?:wrote|schrieb|écrit|escribió|ha scritto|"
    r"schreef|escreveu)\b.*:?\s*$",
    re.I,
)
_SIGNATURE = re.compile(
    r"^--\s*$|^\s*(?:sent from|von meinem .{2,20} gesendet|envoyé de|enviado desde|inviato da|"
    r"verzonden vanaf|enviado do)\b",
    re.I,
)


def own_words(text: str) -> str:
    """Return the lines above the first quotation or signature.

    >>> own_words("STOP\\n\\nOn Mon, 2 Mar 2026 Acme <ar@acme.example> wrote:\\n> You owe")
    'STOP'
    """
    mine: list[str] = []
    lines = text.replace("\r", "").split("\n")
    for n, line in enumerate(lines):
        # Gmail breaks "On …, X wrote:" into two lines.
        both = f"{line} {lines[n + 1]}" if n + 1 < len(lines) else line
        if _SIGNATURE.match(line) or _ABOVE_QUOTE.match(line) or _is_split_head(line, both):
            break
        mine.append(line.strip())
    return "\n".join(mine).strip()


def _is_split_head(line: str, both: str) -> bool:
    head = r"^\s*(?:on|am|le|el|il|op|em)\s.*\d"
    return bool(re.match(head, line, re.I)) and bool(_ABOVE_QUOTE.match(both))
