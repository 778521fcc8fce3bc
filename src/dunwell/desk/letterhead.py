"""An entity's letterhead: who writes, from which address, who signs, and where to pay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Literal, get_args

import pydantic
import ruamel.yaml
from ruamel.yaml.error import YAMLError
from stdnum import bic, iban

from dunwell.core import money
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import models, tx
from dunwell.store.records import setup

EXAMPLE = """name: Lowry Sign Works GmbH
email: ar@lowry.example
reply_to: ar+{case}@lowry.example      # {case} comes back with every reply; may be left out
phone: +49 30 23125 100
website: www.lowry.example
address_lines: [Musterallee 1, 10115 Berlin]
legal_lines: [HRB 12345, Amtsgericht Berlin]
signatories: {collector: Alex Morgan, manager: Robin Falk, executive: Kim Sander}
bank:
  EUR: {account_name: Lowry Sign Works GmbH, iban: DE89 3704 0044 0532 0130 00}
  "*": {account_number: "12345678", bank_name: Sample Bank}   # every other currency
"""

Role = Literal["collector", "account_manager", "manager", "executive", "legal"]
ROLES: tuple[str, ...] = get_args(Role)
"""Who may sign."""


class Account(pydantic.BaseModel):
    """One account to pay into."""

    model_config = pydantic.ConfigDict(extra="forbid")
    account_name: str = ""
    iban: str = ""
    bic: str = ""
    account_number: str = ""
    routing: str = ""
    bank_name: str = ""

    @pydantic.field_validator("iban")
    @classmethod
    def _is_iban(cls, value: str) -> str:
        if value and not iban.is_valid(value):
            raise ValueError(f"{value!r} is no IBAN: its check digits do not fit")
        return iban.format(value) if value else ""

    @pydantic.field_validator("bic")
    @classmethod
    def _is_bic(cls, value: str) -> str:
        if value and not bic.is_valid(value):
            raise ValueError(f"{value!r} is no BIC such as COBADEFFXXX")
        return value


class Letterhead(pydantic.BaseModel):
    """What messages say of the entity, as its file writes it."""

    model_config = pydantic.ConfigDict(extra="forbid")
    name: str = ""
    email: str = ""
    reply_to: str = ""
    phone: str = ""
    website: str = ""
    address_lines: list[str] = []
    legal_lines: list[str] = []
    signatories: dict[Role, str] = {}
    bank: dict[str, Account] = {}

    @pydantic.field_validator("email", "reply_to")
    @classmethod
    def _is_address(cls, value: str) -> str:
        local, at, domain = value.rpartition("@")
        if value and not (local and at and "." in domain and " " not in value):
            raise ValueError(f"{value!r} is no e-mail address")
        return value

    @pydantic.field_validator("bank")
    @classmethod
    def _by_currency(cls, value: dict[str, Account]) -> dict[str, Account]:
        unknown = [c for c in value if c != "*" and c not in money.CURRENCIES]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no currency; write its ISO 4217 code, or '*'")
        return value


def read(path: Path) -> Letterhead:
    """Read a letterhead file.

    Raises: Refused when it is not YAML of the shape in `EXAMPLE`, with what is wrong in it.
    """
    try:
        data = ruamel.yaml.YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise Refused("bad_letterhead", f"{path.name}: not readable as YAML: {error}") from error
    return checked(data, of=path.name, example=f" It looks like:\n{EXAMPLE}")


def checked(data: Any, *, of: str, example: str = "") -> Letterhead:
    """Return a letterhead from its fields; `of` names where they stand.

    Raises: Refused for the first field that cannot be so, with what is wrong in it.
    """
    try:
        return Letterhead.model_validate(data)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the whole file"
        wrong = first["msg"].removeprefix("Value error, ")
        raise Refused("bad_letterhead", f"{of}: {place}: {wrong}.{example}") from error


def keep(scope: Scope, entity: str, head: Letterhead, *, now: dt.datetime) -> None:
    """Keep an entity's letterhead; what the file leaves out is empty from now on.

    Raises: Refused for an unknown entity.
    """
    said = head.model_dump(exclude_defaults=True)
    bank = said.pop("bank", {})
    name = said.pop("name", "")
    setup.record_letterhead(scope, entity, name=name, sender=said, bank=bank, at=now)


def show(scope: Scope, entity: str) -> dict[str, Any]:
    """Return an entity's letterhead as its file would write it.

    Raises: Refused for an unknown entity.
    """
    with tx.reading(scope):
        row = models.Entity.objects.filter(
            organisation_id=scope.organisation_id, code=entity
        ).first()
    if row is None:
        raise Refused("unknown_entity", f"no entity {entity!r}")
    return {"name": row.name, **row.sender, "bank": row.bank}
