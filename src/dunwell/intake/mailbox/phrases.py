"""The words by which mail systems say that a mail did not arrive, and who they are.

Tables only, of what many systems write; what is not here is left to status codes. A hard
phrase is about the address, a soft one about the day: full, busy, late, or refused by policy.
"""

from __future__ import annotations

import re

FAILED_HEADERS = ("X-Failed-Recipients", "X-Failed-Recipient")
RECIPIENT_FIELDS = (
    "original-recipient", "final-recipient", "x-actual-recipient", "remote-recipient",
)  # fmt: skip

_SYSTEM = re.compile(
    r"mailer-?daemon|mail[-_ ]?(?:delivery|administrator|system|server)|postmaster|"
    r"\bmdaemon\b|mail delivery (?:sub)?system|no-?reply.*bounce|\bbounce[sd]?\b|mailsupport",
    re.I,
)

BOUNCE_SUBJECT = re.compile(
    r"undeliver|deliver\w* (?:status|fail|error|problem|has failed|incomplete|delayed|not)|"
    r"fail(?:ed|ure)\b.{0,20}(?:deliver|notice|mail|message)|return(?:ed|ing) (?:mail|message|to)|"
    r"non-?delivery|nondeliverable|could ?n.t be delivered|not deliver(?:ed|able)|"
    r"message (?:delayed|rejected|status)|mail (?:system )?error|bounced? (?:mail|message)|"
    r"delayed mail|warning: .{0,30}(?:message|mail)|unzustellbar|nicht zugestellt|"
    r"mail (?:rejected|could not)|rejected (?:mail|message)|message could not|"
    r"non remis|échec de (?:la )?remise|no se (?:ha podido|pudo) entregar|no entregado|"
    r"impossibile recapitare|mancata consegna|niet (?:afgeleverd|bezorgd)|"
    r"não (?:pôde|foi) (?:ser )?entreg",
    re.I,
)

DELAYED = re.compile(
    r"(?:will|shall) (?:be )?(?:re-?tr(?:y|ied)|continue|keep trying|tried again)|"
    r"still (?:being retried|trying)|(?:do not|don.t|no) need to resend|"
    r"not yet (?:been )?delivered|has been delayed|delivery delayed|message (?:is )?delayed|"
    r"delivery (?:attempts )?will (?:be |continue)|this is (?:only )?a warning|"
    r"nicht erneut senden|wird weiter(?:hin)? versucht",
    re.I,
)
_VAGUE = re.compile(r"[45]\.(?:\d\.0|5\.\d+)")
_ADDRESS = re.compile(r"5\.(?:1\.(?:[1-6]|10)|2\.1|4\.4)")
"""Codes of RFC 3463 that are about the address itself: no mailbox, disabled, no such host."""

_HARD = re.compile(
    r"(?:no such|unknown|invalid|non-?existent|bad|unrouteable|undeliverable) "
    r"(?:\w+ ){0,3}?(?:user|mailbox|address|recipient|account|person|local part|host|domain)|"
    r"(?:user|mailbox|(?<!ip )address(?:ee)?|recipient|account|person|host|domain|"
    r"@[\w.-]{1,250}>?[:;,]?)"
    r"(?: \S+){0,4}? (?:is |was |has |does |could )?(?:unknown|not found|not be found|invalid|"
    r"not (?:exist|valid|known|listed|recogni[sz]ed|our customer|a known|a valid)|"
    r"not have an? |no longer|disabled|inactive|suspended|deactivated|"
    r"do(?:es)?n.t (?:exist|have)|unavailable$|been (?:disabled|suspended|deleted|moved))|"
    r"\b(?:5\.1\.[0-36]|5\.1\.10|5\.2\.1|5\.4\.4)\b|"
    r"user unknown|unknown user|unknown recipient|doesn.?t have an? \S+ account|"
    r"account (?:that you tried to reach )?does not exist|no mailbox here|not listed in|"
    r"(?:domain|host) (?:name )?(?:lookup|not found|unknown)|name or service not known|nxdomain|"
    r"recipient (?:address )?rejected|addressee unknown|verify the (?:e-?mail )?address|"
    r"mailbox (?:is )?(?:currently )?(?:unavailable|disabled|inactive|not available)|"
    r"relay(?:ing)? (?:access )?denied|unable to relay",
    re.I,
)
_SOFT = re.compile(
    r"(?:mailbox|inbox|quota|disk|account|storage|user)\b.{0,40}(?:full|exceed|over|limit|large)|"
    r"(?:exceed|over|out of|insufficient)\w*\b.{0,30}(?:quota|storage|space|limit|size)|"
    r"over ?quota|(?:too|message (?:size|length)).{0,20}(?:large|big|exceed)|"
    r"gr[ea]y ?list|try(?: again)? (?:\w+ )?later|temporar|timed? ?out|"
    r"(?:connection|connect) .{0,30}(?:refused|timed|reset|lost|fail)|"
    r"(?:in the queue|retry time|retry time.?out).{0,20}(?:too long|exceeded)|too long|"
    r"too many (?:connections|messages|recipients|hops|errors|concurrent)|rate (?:limit|that)|"
    r"spam|\bspf\b|\bdkim\b|\bdmarc\b|blocked|black ?list|block ?list|blocklist|policy|reputation|"
    r"banned|virus|infected|unsolicited|bulk mail|authenticat|content reject|suspicious|"
    r"loop|out of memory|resources|service (?:currently )?unavailable|"
    r"rejected (?:by|due to) (?:our )?(?:content|filter|security)|"
    r"not authori[sz]ed|access denied|restricted|\bdenied\b",
    re.I,
)

CAME_BACK = re.compile(
    r"^--.*(?:original|copy|below|returned|header|undelivered|message).*$|"
    r"^\s*(?:return-path|received):\s|"
    r"^.*(?:message|mail) headers? follow.*$|^.*copy of (?:the|your) (?:message|mail).*$",
    re.I | re.M,
)


def is_system(sender: str, return_path: str) -> bool:
    """Tell whether a mail system wrote this: by its name, or because nobody may answer."""
    return return_path.strip() == "<>" or bool(_SYSTEM.search(sender))


def find(text: str) -> str:
    """Return "hard" or "soft" by what a text says, "" where it says neither.

    Whichever is said first counts: what follows is often general advice.

    >>> find("550 5.1.1 no such user here"), find("452 mailbox full"), find("Thank you")
    ('hard', 'soft', '')
    """
    hard, soft = _HARD.search(text), _SOFT.search(text)
    if hard and (not soft or hard.start() <= soft.start()):
        return "hard"
    return "soft" if soft else ""


def is_hard(status: str, text: str) -> bool:
    """Tell whether the address is no good, by the status where it is exact, else by the words.

    >>> is_hard("5.1.1", "too many recipients"), is_hard("5.0.0", "user unknown")
    (True, True)
    >>> is_hard("5.7.1", "unknown user"), is_hard("5.0.0", "")
    (False, False)
    """
    if status and not _VAGUE.fullmatch(status):
        return bool(_ADDRESS.fullmatch(status))
    return find(text) == "hard"


def line_of(text: str) -> str:
    """Return the line that says what went wrong, cut to what fits in a list."""
    for line in text.splitlines():
        if _HARD.search(line) or _SOFT.search(line):
            return " ".join(line.split())[:300]
    return ""
