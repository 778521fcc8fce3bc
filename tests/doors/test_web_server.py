"""The real server: on this machine only, on a port that is free, and gone when it is told to."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import helpers
from dunwell.core.errors import Refused
from dunwell.web import server

EVERYWHERE = "0.0.0.0"  # noqa: S104  the address that must be refused
SERVE = """
import datetime as dt
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
from dunwell.store import connect
connect.setup()
from dunwell.desk import found
from dunwell.web import server
server.serve(found.enter(None, by="anna"), host="127.0.0.1", port=PORT,
             clock=lambda: dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC))
"""


@contextlib.contextmanager
def serving(port: int) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """Start the server in a process of its own; yield it with its port and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE.replace("PORT", str(port))],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        assert found is not None, said + process.stderr.read()
        yield process, int(found[1]), said
    finally:
        process.kill()
        process.communicate(timeout=20)


def fetch(port: int, path: str = "/", **headers: str) -> http.client.HTTPResponse:
    """Fetch a page as a browser would."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.body = response.read().decode("utf-8", "replace")  # type: ignore[attr-defined]
    connection.close()
    return response


def test_the_page_is_served_and_ends_when_interrupted(database) -> None:
    """A browser gets today, its style and a plain refusal; Ctrl-C closes the server."""
    helpers.found_organisation("acme")
    with serving(0) as (process, port, said):
        assert "Ctrl-C closes it." in said
        home = fetch(port)
        assert home.status == 200
        assert "Tonight nothing goes out." in home.body
        assert fetch(port, "/desk.css").headers["Content-Type"] == "text/css; charset=utf-8"
        assert fetch(port, "/nothing").status == 404
        assert fetch(port, Host="evil.example").status == 421
        assert fetch(port, Host=f"localhost:{port}").status == 200
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Closed." in rest
    assert "Traceback" not in rest


def test_it_listens_on_the_loopback_address_only(database) -> None:
    """No other address of this machine answers on the port."""
    helpers.found_organisation("acme")
    with serving(0) as (process, port, _):
        inodes = {
            Path(link).readlink().name
            for link in map(str, Path(f"/proc/{process.pid}/fd").iterdir())
            if Path(link).readlink().name.startswith("socket:")
        }
        listening = [
            line.split()
            for table in ("tcp", "tcp6")
            for line in Path(f"/proc/{process.pid}/net/{table}").read_text().splitlines()[1:]
        ]
        mine = {row[1] for row in listening if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}
    assert mine == {f"0100007F:{port:04X}"}


def test_a_taken_port_is_left_and_the_next_one_named(database) -> None:
    """Where the port is taken the next free one is used, and said."""
    helpers.found_organisation("acme")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving(port) as (_, got, said):
            assert port < got < port + 20
            assert f"(port {port} is taken)" in said
            assert fetch(got).status == 200


def test_an_idle_connection_holds_nobody_up(database) -> None:
    """A browser keeps connections open that say nothing; others are served meanwhile."""
    helpers.found_organisation("acme")
    with serving(0) as (_, port, _said), socket.create_connection(("127.0.0.1", port)):
        assert fetch(port).status == 200


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1", "example.com", ""])
def test_no_other_address_is_served(host: str) -> None:
    """Whatever is not loopback is refused before anything is made or bound."""
    with pytest.raises(Refused) as error:
        server.check_host(host)
    assert error.value.reason == "not_loopback"
    with pytest.raises(Refused):
        server.listen(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "::1"])
def test_every_name_of_this_machine_is_good(host: str) -> None:
    """Loopback has several names."""
    server.check_host(host)


def test_the_demo_refuses_another_address(tmp_path: Path) -> None:
    """`dunwell demo --host 0.0.0.0` ends with exit code 3 and leaves nothing behind."""
    home = tmp_path / "demo"
    done = subprocess.run(
        [Path(sys.executable).parent / "dunwell", "demo", "--host", EVERYWHERE, "--home", home],
        capture_output=True, text=True, timeout=120, env=os.environ | {"DUNWELL_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 3
    assert "refused (not_loopback)" in done.stderr
    assert "this machine only" in done.stderr
    assert not home.exists()


def test_when_no_port_is_free_it_says_so() -> None:
    """After twenty taken ports the server gives up, and says what to do."""
    held: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        while len(held) < 20:
            held = _row_of_ports(stack)
        first = held[0].getsockname()[1]
        with pytest.raises(Refused, match=f"no free port from {first} on"):
            server.listen("127.0.0.1", first)


def _row_of_ports(stack: contextlib.ExitStack) -> list[socket.socket]:
    """Take twenty ports in a row, or fewer where one of them is somebody else's."""
    held: list[socket.socket] = []
    port = 0
    while len(held) < 20:
        one = stack.enter_context(socket.socket())
        try:
            one.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return held
        one.listen()
        held.append(one)
        port = one.getsockname()[1] + 1
    return held


def test_two_pages_at_once_come_out_whole(database) -> None:
    """Requests on threads of their own share what was read, and none is mixed with another."""
    helpers.found_organisation("acme")
    with serving(0) as (_, port, _said):
        got: list[str] = []
        paths = ["/", "/tonight", "/silence", "/aging", "/customers"] * 4
        threads = [
            threading.Thread(target=lambda p=p: got.append(fetch(port, p).body)) for p in paths
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
    assert len(got) == len(paths)
    assert all(body.rstrip().endswith("</html>") for body in got)
    assert len(set(got)) == 5
