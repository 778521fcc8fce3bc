"""Django's settings: where the database is, and the key that signs."""

from __future__ import annotations

from pathlib import Path

from dunwell.project import settings


def test_the_signing_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    """A data folder gets a key of its own, long, kept, and readable by nobody else."""
    first, again = (settings._key(tmp_path / "secret.key") for _ in range(2))
    (other,) = {settings._key(tmp_path / "other.key")}
    assert first == again != other
    assert len(first) >= 50
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other.key", "secret.key"]


def test_without_a_data_folder_no_key_is_kept(tmp_path: Path) -> None:
    """Before there is a folder a key is made up, and nothing is written."""
    assert settings._key(tmp_path / "nowhere" / "secret.key")
    assert list(tmp_path.iterdir()) == []


def test_a_database_address_says_everything() -> None:
    """User, password, host, port, name and encryption are all taken from the address."""
    found = settings._postgres(
        "postgresql://ann%40x:p%2Fw@db.example:5433/book?sslmode=verify-full"
    )
    assert found == {
        "ENGINE": "django.db.backends.postgresql", "NAME": "book", "USER": "ann@x",
        "PASSWORD": "p/w", "HOST": "db.example", "PORT": "5433",
        "OPTIONS": {"sslmode": "verify-full"},
    }  # fmt: skip


def test_a_socket_folder_is_a_host(tmp_path: Path) -> None:
    """A server on this machine is found by its folder; the role to act as comes beside it."""
    found = settings._postgres(f"postgresql://ann@/book?host={tmp_path}", assume_role="app")
    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == (str(tmp_path), "", "")
    assert found["OPTIONS"] == {"assume_role": "app"}
