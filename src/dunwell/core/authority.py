"""Who may do what at the desk: one table of roles (FEATURES X1), read by every door.

Approving what a question asks is another matter: the question names its role, and nobody
answers what they proposed (`desk.approve`).
"""

from __future__ import annotations

from collections.abc import Collection

ROLES = (
    "collector", "account_manager", "manager", "executive", "legal", "admin", "auditor", "reader",
)  # fmt: skip
_READS = frozenset(ROLES)
_WORKS = frozenset({"collector", "account_manager", "manager", "executive", "legal", "admin"})
_COLLECTS = frozenset({"collector", "account_manager", "manager"})
_MANAGES = frozenset({"manager", "executive"})

MAY: dict[str, frozenset[str]] = {
    "read": _READS,
    "call": _COLLECTS,
    "note": _WORKS,
    "task": _WORKS,
    "promise": _COLLECTS,
    "dispute": _COLLECTS | {"legal"},
    "plan": _COLLECTS,
    "hold": _COLLECTS | {"legal"},
    "contact": _COLLECTS,
    "reply": _COLLECTS | {"legal"},
    "delivery": _COLLECTS,
    "answer": _WORKS,
    "release": frozenset({"collector", "manager"}),
    "measure": _COLLECTS,
    "checklist": _COLLECTS | {"legal"},
    "placement": _MANAGES | {"legal"},
    "write_off": _COLLECTS,
    "insolvency": _COLLECTS | {"legal"},
    "evidence": _MANAGES | {"legal", "auditor"},
    "interest": _MANAGES | {"legal"},
    "share": _COLLECTS,
    "import": frozenset({"collector", "manager", "admin"}),
    "policy": frozenset({"manager", "admin"}),
    "templates": frozenset({"manager", "admin"}),
    "settings": frozenset({"admin"}),
    "people": frozenset({"admin"}),
    "journal": frozenset({"auditor", "admin", "manager", "legal"}),
}
"""Each verb of the desk and the roles that may do it."""


def may(roles: Collection[str], verb: str) -> bool:
    """Tell whether somebody with these roles may do it.

    >>> may({"reader"}, "read"), may({"reader"}, "hold"), may({"collector"}, "hold")
    (True, False, True)
    """
    return not MAY[verb].isdisjoint(roles)
