"""What a code of ours is called where people read: steps, reasons, kinds, fields.

Most codes read as words once their underscores are spaces; those that would not stand here by
hand. One function for every screen, message and report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "account_manager_call": "call by the account manager",
    "account_manager_note": "note to the account manager",
    "by_hand": "by hand",
    "due_notice": "notice on the due date",
    "imported_final": "final notice sent before",
    "imported_firm": "firm notice sent before",
    "imported_formal": "formal notice sent before",
    "imported_friendly": "friendly reminder sent before",
    "imported_severe": "severe notice sent before",
    "imported_urgent": "urgent notice sent before",
    "in_flight": "under way",
    "missing_po": "missing purchase order",
    "pre_collections": "pre-collections notice",
    "pre_due": "notice before the due date",
    "risk_final": "final risk notice",
    "risk_first": "first risk notice",
    "risk_second": "second risk notice",
    "wrong_entity": "wrong company",
}
"""Codes that do not read as words by themselves; `imported_` is what an older system had sent."""
_CODE = re.compile(r"(?<![@.\w-])[a-z]+(?:_[a-z]+)+(?![\w-])(?![@.]\w)")


def plain(code: str) -> str:
    """Write a code of ours as words.

    >>> plain("first_reminder"), plain("pre_collections")
    ('first reminder', 'pre-collections notice')
    """
    return NAMES.get(code) or code.replace("_", " ")


def spoken(sentence: str) -> str:
    """Write the codes within a sentence of ours as words; addresses and file names stay.

    >>> spoken("Step final_notice opens on day 30, as a_b@example.com asked in my_file.csv.")
    'Step final notice opens on day 30, as a_b@example.com asked in my_file.csv.'
    """
    return _CODE.sub(lambda found: plain(found[0]), sentence)
