"""In which encoding a text file is written: by its byte order mark, by proof, else by sample.

UTF-8 is proven by its own rules. What is neither is asked of charset-normalizer, and said.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

from dunwell.core.errors import Refused
from dunwell.intake.files.table import Look

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {"cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_CANDIDATES = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp850",
    "cp852", "mac_roman", "cp932", "euc_jp", "gb18030", "big5", "cp949", "koi8_r",
]  # fmt: skip


class Encoding(NamedTuple):
    """An encoding, and the sentence about it where it was guessed."""

    name: str
    guess: str


def of(look: Look, *, stated: str, file: str) -> Encoding:
    """Tell the encoding of a text file.

    Raises: Refused when no encoding makes text of it.
    """
    if stated:
        return Encoding("utf-8-sig" if stated == "utf-8" else stated, "")
    for mark, name in _MARKS:
        if look.head.startswith(mark):
            return Encoding(name, "")
    if half := _utf16(look.head):
        return Encoding(half, f"read as {_NAMES[half]}; it has no byte order mark")
    if not look.sample:
        return Encoding("utf-8", "")
    text = look.sample.decode("utf-8", errors="surrogateescape")
    wrong = sum("\ud800" <= c <= "\udfff" for c in text)
    right = sum(c > "\x7f" for c in text) - wrong
    if right and right >= wrong:
        return Encoding("utf-8", "")
    found = _by_sample(look.sample)
    if not found:
        raise Refused(
            "unknown_encoding",
            f"{file}: its letters are in no encoding that makes words of them. Export it as UTF-8, "
            "or say the encoding in a mapping: `encoding: windows-1252`",
        )
    name = _NAMES.get(found, found)
    return Encoding(
        found,
        f"read as {name}, as it is not UTF-8; if letters look wrong, say `encoding:` in a mapping",
    )


def _utf16(head: bytes) -> str:
    """Tell UTF-16 without a mark by the empty halves of its ASCII letters."""
    part = head[:4000]
    if len(part) < 4 or b"\x00" not in part:
        return ""
    even, odd = part[0::2].count(0), part[1::2].count(0)
    if odd * 10 >= 9 * len(part[1::2]) and not even:
        return "utf-16-le"
    if even * 10 >= 9 * len(part[0::2]) and not odd:
        return "utf-16-be"
    return ""


def _by_sample(sample: bytes) -> str:
    # Only for a file that is not UTF-8: the library takes a tenth of a second to load.
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample, cp_isolation=_CANDIDATES).best()
    if best is None:
        return ""
    try:
        # The Windows pages for western and eastern Europe share most letters; where the text is
        # the same in both, the usual name is said.
        if sample.decode("cp1252") == str(best):
            return "cp1252"
    except UnicodeDecodeError:
        pass
    return best.encoding
