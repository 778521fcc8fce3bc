"""What every command shares: the data folder, whose data, who asks, what time it is.

The clock is read here and goes inward as an argument. Errors raised on purpose are turned
into exit codes by one table (DATA.md 3.3): 0 done, 2 usage, 3 refused, 4 with complaints.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import getpass
import os
import sys
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dunwell.core.errors import DunwellError, Refused

if TYPE_CHECKING:
    from dunwell.core.scope import Scope
    from dunwell.delivery.channel import Channel
    from dunwell.desk.pay_link import Links

COMPLAINTS = 4
REFUSED = 3
Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def clock() -> dt.datetime:
    """Return the time it is: the one place where the command line reads the clock."""
    return dt.datetime.now(dt.UTC)


class Door:
    """One command's way in: opened once, it knows the scope and the day."""

    def __init__(
        self, *, home: Path | None, organisation: str | None, by: str | None, at: str | None
    ) -> None:
        self.home = Path(home or os.environ.get("DUNWELL_HOME") or ".dunwell").absolute()
        self.organisation = organisation
        self.by = by or os.environ.get("DUNWELL_USER") or _os_user()
        self.now = _instant(at) if at else clock()
        self.is_given_time = bool(at)

    def prepare(self) -> None:
        """Make Django ready for the data folder, whether it is there or not."""
        from dunwell.store import connect  # loaded only where a command needs it

        connect.setup(home=self.home)

    def open(self, *, makes: bool = False) -> None:
        """Make the database ready; `makes` creates or upgrades it.

        Raises: Refused when there is none yet.
        """
        from dunwell.store import connect

        if makes:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif (
            not os.environ.get("DUNWELL_DATABASE_URL")
            and not (self.home / "dunwell.sqlite3").exists()
        ):
            raise Refused("not_set_up", f"nothing in {self.home} yet; run `dunwell init` first")
        if makes:
            connect.migrate()

    @functools.cached_property
    def scope(self) -> Scope:
        """Whose data, and who asks. Raises: Refused when nothing is set up."""
        from dunwell.desk import found

        self.open()
        return found.enter(self.organisation, by=self.by)

    @functools.cached_property
    def time_zone(self) -> str:
        """The zone of the first entity: its day is the day."""
        from dunwell.desk import setting

        return setting.time_zone(self.scope)

    @functools.cached_property
    def today(self) -> dt.date:
        """The day it is now for the first entity."""
        return self.now.astimezone(zoneinfo.ZoneInfo(self.time_zone)).date()

    def day(self, as_of: dt.date | None) -> dt.date:
        """Return the day asked for, else today."""
        return as_of or self.today

    def is_played(self, as_of: dt.date | None) -> bool:
        """Tell whether a day was named that is not today: it is played whole (DATA.md 3.2)."""
        return as_of is not None and as_of != self.today

    def channels(self, as_of: dt.date | None, *, is_real: bool) -> dict[str, Channel]:
        """Return the ways out for a day: a past or played one writes files (DATA.md 3.2)."""
        from dunwell.desk import setting

        files_only = self.files_only(as_of, is_real=is_real)
        return setting.channels(self.scope, self.home, files_only=files_only)

    def links(self, as_of: dt.date | None, *, is_real: bool) -> Links | None:
        """Return how mails of a day carry a link to the customer's own page, if they do."""
        from dunwell.desk import pay_link

        return pay_link.of(self.home, files_only=self.files_only(as_of, is_real=is_real))

    def files_only(self, as_of: dt.date | None, *, is_real: bool) -> bool:
        """Tell whether a day is past or only played: nothing of it reaches the world then."""
        is_past = self.day(as_of) < clock().astimezone(zoneinfo.ZoneInfo(self.time_zone)).date()
        return not is_real and (is_past or self.is_played(as_of))

    @property
    def worker(self) -> str:
        """This process, by host, number and start, so that its death can be seen."""
        from dunwell.desk import worker

        return worker.name()

    def seal(self) -> None:
        """Chain what this command wrote (DATA.md 1.4)."""
        from dunwell.desk import trail

        trail.seal(self.scope, now=clock())


def dead(owners: set[str]) -> set[str]:
    """Return those workers of this machine whose process is gone."""
    from dunwell.desk import worker

    return worker.dead(owners)


def command(
    group: click.Group, name: str | None = None, *, without: Sequence[str] = (), **extra: Any
) -> Callable[..., Any]:
    """Add a command that takes a `Door` first, with the options every command has.

    `without` names those of them that this command uses otherwise; they may still stand before
    it (`dunwell --by USER aging --by region`).
    """
    mine = [o for o in COMMON if o not in without]

    def wrap(function: Callable[..., Any]) -> click.Command:
        @functools.wraps(function)
        def run(**values: Any) -> None:
            ctx = click.get_current_context()
            top = ctx.find_root().params
            given = {o: (o in mine and values.pop(o)) or top.get(o) for o in COMMON}
            with translated():
                door = Door(**given)
                door.prepare()
                code = function(door, **values)
                if code:
                    sys.exit(code)

        for option in reversed(mine):
            run = COMMON[option](run)
        return group.command(name, **extra)(run)

    return wrap


COMMON = {
    "home": click.option(
        "--home", type=click.Path(path_type=Path), help="data folder (DUNWELL_HOME)"
    ),
    "organisation": click.option(
        "--organisation", metavar="SLUG", help="which organisation, if several"
    ),
    "by": click.option("--by", metavar="USER", help="who asks; by default the system's user"),
    "at": click.option("--at", metavar="ISO-TIME", help="what time it is; by default the clock"),
}
DAY = click.DateTime(formats=["%Y-%m-%d"])


def as_date(_ctx: click.Context, _param: click.Parameter, value: Any) -> dt.date | None:
    """Turn click's datetime into a date."""
    return value.date() if isinstance(value, dt.datetime) else value


def day_option(name: str, help: str, *, param: str = "", required: bool = False) -> Option:
    """Return an option that takes a day; `param` is its name in Python, where it has another."""
    return click.option(
        name, *([param] if param else []), type=DAY, callback=as_date, metavar="YYYY-MM-DD",
        help=help, required=required,
    )  # fmt: skip


def as_of_option(help: str = "the day to look at; by default today") -> Option:
    """Return the `--as-of D` option."""
    return day_option("--as-of", help)


def key_option() -> Option:
    """Return the `--key K` option: the same request key is done once (DATA.md 1.11)."""
    return click.option(
        "--key", "request_key", metavar="K",
        help="do it once: the same key gives the same answer and does nothing more",
    )  # fmt: skip


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what was raised on purpose into words on stderr and an exit code."""
    try:
        yield
    except Refused as error:
        click.echo(f"refused ({error.reason}): {error}", err=True)
        sys.exit(REFUSED)
    except DunwellError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(REFUSED)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        if type(error).__module__ != "django.db.utils":
            raise
        # A table or column that is not there is an older schema; a lost server says so itself.
        click.echo(f"database: {error}; if this is a new version: dunwell upgrade", err=True)
        sys.exit(REFUSED)


def _instant(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time such as 2026-03-02T08:00+01:00") from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
