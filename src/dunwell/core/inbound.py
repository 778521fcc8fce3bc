"""What passes from the mailbox to the desk: one thing that came in, read but not yet believed.

Values only. Text in a mail is never an instruction to the system (SEMANTICS 11): what stands
here is evidence; what follows from it is the desk's to say.
"""

from __future__ import annotations

import datetime as dt
import re

import msgspec

KINDS = ("bounce", "delayed", "delivered", "read", "auto", "stop", "reply", "own")
"""What a mail or text message can be. `own`: a copy of something we sent."""

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_BETWEEN = re.compile(r"[\s./()\-\u2010-\u2015\u00a0]+")
_TRUNK = re.compile(r"\(0\)")


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient a bounce speaks of.

    `is_final`: it will not be tried again. `is_hard`: the address itself is no good, so trying
    another day cannot help. `status` is RFC 3463's, where the bounce says one.
    """

    address: str = ""
    status: str = ""
    is_final: bool = True
    is_hard: bool = False
    words: str = ""


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One mail or text message that came in, with what was found in it.

    `keys` are keys of our actions it names, `case` our mark in the address it came to, as
    (entity, customer, case number). `failed` are the recipients a bounce says did not get it;
    `reached` says that others did. `reference` is a text provider's id of our message.
    """

    file: str
    kind: str
    channel: str
    sha256: str
    sender: str
    received_at: dt.datetime | None = None
    message_id: str = ""
    subject: str = ""
    words: str = ""
    own_words: str = ""
    keys: tuple[str, ...] = ()
    case: tuple[int, int, int] | None = None
    reference: str = ""
    failed: tuple[Failed, ...] = ()
    reached: bool = False
    evidence: tuple[tuple[str, str], ...] = ()


def e164(text: str) -> str | None:
    """Return a number in the international form providers take, or None where it is not one.

    A number without its country is not guessed at.

    >>> e164("+49 (0) 171 123-4567"), e164("0171 1234567")
    ('+491711234567', None)
    """
    number = _BETWEEN.sub("", _TRUNK.sub("", text.strip()))
    if number.startswith("00"):
        number = f"+{number[2:]}"
    return number if _E164.fullmatch(number) else None
