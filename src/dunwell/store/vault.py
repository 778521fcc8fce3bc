"""Small secrets the product makes itself, encrypted with a key that is not in the database.

The key file stands in the home, readable by its owner only; a copy of the database alone tells
nothing (DATA.md 1.10). What an operator gives is only ever referred to (`store.secrets`).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from dunwell.core.errors import Misconfigured
from dunwell.core.scope import Scope
from dunwell.store import models

KEY_ID = "home-1"
FILE = "vault.key"


def put(scope: Scope, name: str, value: str, *, home: Path) -> None:
    """Keep a secret under a name, in place of what it was."""
    sealed = _key(home).encrypt(value.encode())
    models.Secret.objects.update_or_create(
        organisation_id=scope.organisation_id,
        name=name,
        defaults={"key_id": KEY_ID, "ciphertext": sealed},
    )


def take(scope: Scope, name: str, *, home: Path) -> str:
    """Return the secret under a name; "" where there is none.

    Raises: Misconfigured when the key of this home is not the one it was kept with.
    """
    row = models.Secret.objects.filter(organisation_id=scope.organisation_id, name=name).first()
    if row is None:
        return ""
    try:
        return _key(home).decrypt(bytes(row.ciphertext)).decode()
    except InvalidToken as error:
        raise Misconfigured(FILE, "it is not the key these secrets were kept with") from error


def drop(scope: Scope, name: str) -> None:
    """Forget a secret."""
    models.Secret.objects.filter(organisation_id=scope.organisation_id, name=name).delete()


def _key(home: Path) -> Fernet:
    path = home / FILE
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(Fernet.generate_key())
    return Fernet(path.read_bytes())
