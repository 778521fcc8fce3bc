"""The error tree: what stops a piece of work, and who can do something about it.

Expected silences are not errors: they are `reasons.Reason`. Faulty input lines are not
errors either: they are `complaints.Complaint`, collected while good rows go on. Only the
doors (cli, web, workers) turn these into exit codes and pages.

    DunwellError
    ├── Refused         understood, and will not be done          exit 3 / 409
    ├── Stale           the case changed since you looked         exit 3 / 412
    ├── Unavailable     the world is down; may work later         exit 3 / 503
    ├── DeliveryFailed  the channel said no, with its evidence
    ├── HandoverUnknown nobody knows whether it was taken         a person decides
    └── Misconfigured   the operator must act                     exit 3 / doctor
"""

from __future__ import annotations


class DunwellError(Exception):
    """The root of everything Dunwell raises on purpose."""


class Refused(DunwellError):
    """What was asked is understood and will not be done; `reason` is a short code."""

    def __init__(self, reason: str, message: str = "") -> None:
        self.reason = str(reason)
        super().__init__(message or self.reason)


class Stale(DunwellError):
    """The case changed between looking and acting: `seen` is what the person saw."""

    def __init__(self, seen: object, found: object) -> None:
        self.seen, self.found = seen, found
        super().__init__(f"changed since you looked: saw {seen}, found {found}; look again")


class Unavailable(DunwellError):
    """The world did not answer; the same call may work after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: int = 60) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class DeliveryFailed(DunwellError):
    """The channel said no. `permanent` says whether asking again can help.

    `is_address`: it is the address that is no good, so that its route must be repaired.
    `about`: "us" where our sender or settings are refused, "opt_out" where the recipient has
    told the channel to take no more from us.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        evidence: str = "",
        is_address: bool = True,
        about: str = "",
    ) -> None:
        self.permanent, self.evidence, self.is_address = permanent, evidence, is_address
        self.about = about
        super().__init__(message)


class Misconfigured(DunwellError):
    """A setting is missing or wrong; `fix` says what the operator should do."""

    def __init__(self, setting: str, fix: str) -> None:
        self.setting, self.fix = setting, fix
        super().__init__(f"{setting}: {fix}")


class HandoverUnknown(DunwellError):
    """The channel may or may not have taken the message; it must never be sent again blindly."""
