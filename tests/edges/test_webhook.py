"""Signed webhooks over a real connection: what is sent, and what is made of the answer."""

from __future__ import annotations

import datetime as dt
import itertools
import socket
import ssl
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dunwell.core.errors import Misconfigured, Refused
from dunwell.delivery import webhook
from dunwell.store import secrets
from helpers import NOW
from other_system import SECRET, OtherSystem, Says, listening

BODY = '{"type":"suspension.requested"}'


@pytest.fixture
def there() -> Iterator[OtherSystem]:
    """The other system, listening."""
    with listening() as system:
        yield system


def post(there: OtherSystem, *, seconds: float = 5, url: str = "") -> webhook.Answer:
    """Post one event."""
    call = webhook.Call("msg_1", url or there.url, BODY)
    return webhook.HttpPoster(seconds=seconds).post(call, secret=SECRET, at=NOW)


def test_the_signature_is_the_one_of_the_standard() -> None:
    """The published example: secret, id, time and body give the signature it shows."""
    found = webhook.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        key="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_event_arrives_signed_with_its_id_and_time(there: OtherSystem) -> None:
    """The receiver verifies it with the shared secret, and the address keeps its query."""
    assert post(there) == webhook.Answer("confirmed", 200, "HTTP 200")
    (heard,) = there.heard
    assert (heard.key, heard.timestamp) == ("msg_1", int(NOW.timestamp()))
    assert heard.is_signed
    assert heard.body == {"type": "suspension.requested"}
    assert heard.path == "/hook?from=dunwell"


@pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_whatever_is_changed_on_the_way_breaks_the_signature(change: str) -> None:
    """Id, time, body and secret are all in it."""
    given = {"webhook-id": "msg_1", "webhook-timestamp": "1", "body": "{}", "secret": SECRET}
    other = SECRET[:-6] + "AAAAA="
    changed = given | {change: other if change == "secret" else f"{given[change]}0"}

    def sign(x: dict[str, str]) -> str:
        return webhook.signature(
            x["secret"],
            key=x["webhook-id"],
            at=int(x["webhook-timestamp"]),
            body=x["body"].encode(),
        )

    assert sign(given) != sign(changed)


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (Says(200, b""), "confirmed"),
        (Says(204, b""), "confirmed"),
        (Says(200, b"fine"), "confirmed"),
        (Says(200, b'{"confirmed": false}'), "accepted"),
        (Says(200, b'{"confirmed": "yes"}'), "accepted"),
        (Says(200, b"[" * 60_000), "confirmed"),
        (Says(202, b'{"confirmed": true}'), "accepted"),
        (Says(301, b"", (("location", "http://127.0.0.1:9/"),)), "failed"),
        (Says(307, b"", (("location", "/other"),)), "failed"),
        (Says(400, b'{"confirmed": true}'), "failed"),
        (Says(404, b""), "failed"),
        (Says(410, b""), "gone"),
        (Says(500, b""), "failed"),
        (Says(breaks=True), "failed"),
    ],
)
def test_an_answer_confirms_or_accepts_or_fails(
    there: OtherSystem, says: Says, outcome: str
) -> None:
    """A 2xx that does not deny it confirms; 202 is for later; no redirect is followed."""
    there.next = [says]
    assert post(there).outcome == outcome
    assert len(there.heard) == 1


def test_a_reference_in_the_answer_is_kept_and_no_other_text(there: OtherSystem) -> None:
    """What people may have written stays out of our evidence."""
    there.next = [
        Says(200, b'{"confirmed": true, "reference": "SUS-77", "note": "Eva Kern"}'),
        Says(200, b'{"reference": "Eva Kern, 12 High Street"}'),
    ]
    assert post(there).evidence == "HTTP 200, reference SUS-77"
    assert post(there).evidence == "HTTP 200"


@pytest.mark.parametrize(
    ("given", "seconds"), [("120", 120), ("999999999", 86_400), ("soon", None), ("-5", None)]
)
def test_an_answer_may_ask_for_patience_but_not_for_ever(
    there: OtherSystem, given: str, seconds: int | None
) -> None:
    """Retry-After counts in seconds, for a day at most."""
    there.next = [Says(503, b"", (("retry-after", given),))]
    assert post(there).retry_after == seconds


def test_a_slow_answer_does_not_hold_us_up(there: OtherSystem) -> None:
    """A server that drips its answer is left after the time allowed, and has confirmed nothing."""
    there.next = [Says(200, b'{"confirmed": true}' + b" " * 400, drips=0.05)]
    began = time.monotonic()
    answer = post(there, seconds=0.4)
    assert time.monotonic() - began < 3
    assert (answer.outcome, answer.status) == ("failed", None)


def test_a_long_answer_is_not_read_to_its_end(there: OtherSystem) -> None:
    """Of a megabyte 64 KiB are read, and nobody knows what the rest would have said."""
    there.next = [Says(200, b'{"reference": "' + b"x" * 1_000_000 + b'", "confirmed": false}')]
    assert post(there).outcome == "accepted"


def test_nobody_there_is_a_try_that_failed(there: OtherSystem) -> None:
    """No connection, and a name that is none, are answers, not errors."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    answer = post(there, url=f"http://127.0.0.1:{port}/")
    assert (answer.outcome, answer.evidence) == ("failed", "ConnectionRefusedError")


def test_https_means_that_a_certificate_is_checked(there: OtherSystem) -> None:
    """A server that speaks no TLS gets no event."""
    answer = post(there, url=there.url.replace("http://", "https://"))
    assert answer.outcome == "failed"
    assert there.heard == []
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    "url",
    [
        "http://billing.example.com/hook", "http://10.0.0.7/hook", "ftp://billing.example.com/",
        "https://user:pass@billing.example.com/", "https://billing.example.com/#part", "https:///x",
        "billing.example.com", "https://billing.example.com/a b", "https://[::1", "file:///x",
        "https://billing.example.com/" + "x" * 500, "https://billing.example.com:99999/", "",
        "http://127.0.0.1.example.com/", "https://billing.example.com/\r\nx: y",
    ],
)  # fmt: skip
def test_an_address_must_be_https_or_this_machine(url: str) -> None:
    """Nothing goes out in the clear, and no password stands in an address."""
    with pytest.raises(Refused) as refusal:
        webhook.check_url(url)
    assert refusal.value.reason == "bad_url"


@pytest.mark.parametrize(
    "url",
    ["https://billing.example.com/hook?a=1", "http://127.0.0.1:8080/", "http://localhost/x",
     "http://[::1]:9/", "https://10.0.0.7:8443"],
)  # fmt: skip
def test_an_address_inside_the_house_is_fine(url: str) -> None:
    """The other system is often in the same network."""
    webhook.check_url(url)


@pytest.mark.parametrize(
    "secret", ["whsec_", "whsec_abc", "whsec_" + "A" * 28, "password", "whsec_é"]
)
def test_a_weak_secret_is_no_secret(secret: str) -> None:
    """Base64 of 24 bytes at least."""
    with pytest.raises(Misconfigured, match="24 to 64"):
        webhook.key_of(secret)


def test_pauses_grow_are_spread_and_end() -> None:
    """Each longer than the last until half a day, the same for the same key, other for others."""
    pauses = [webhook.pause("msg_1", tries=n) for n in range(1, webhook.TRIES)]
    assert pauses == [webhook.pause("msg_1", tries=n) for n in range(1, webhook.TRIES)]
    assert all(a < b for a, b in itertools.pairwise(pauses[:6]))
    assert max(pauses) <= dt.timedelta(hours=15)
    assert len({webhook.pause(f"msg_{n}", tries=6) for n in range(20)}) > 10
    assert dt.timedelta(days=1) < sum(pauses, dt.timedelta()) < dt.timedelta(days=3)


def test_a_file_instead_of_the_network_is_taken_and_not_confirmed(tmp_path: Path) -> None:
    """A day that is played tells nobody; the event lies in a file."""
    way = webhook.FilePoster(tmp_path / "hooks")
    answer = way.post(webhook.Call("msg_1", "https://x.example", BODY), secret="", at=NOW)
    assert answer.outcome == "accepted"
    assert (tmp_path / "hooks" / "msg_1.json").read_text() == BODY + "\n"


# --- where secrets are ------------------------------------------------------------------------


def test_a_secret_is_read_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named, not said; missing, it says which variable to set."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    assert secrets.resolve("env:HOOK_SECRET", home=tmp_path) == SECRET
    monkeypatch.delenv("HOOK_SECRET")
    with pytest.raises(Misconfigured, match="set HOOK_SECRET"):
        secrets.resolve("env:HOOK_SECRET", home=tmp_path)


def test_a_new_secret_is_for_its_owner_only_and_made_once(tmp_path: Path) -> None:
    """The file has mode 0600 and a good key; a second of the same name is refused."""
    reference = secrets.make("hook-billing", home=tmp_path)
    file = tmp_path / "secrets" / "hook-billing"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert len(webhook.key_of(secrets.resolve(reference, home=tmp_path))) == 32
    with pytest.raises(Refused, match="--secret file:hook-billing"):
        secrets.make("hook-billing", home=tmp_path)


def test_a_secret_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    """It says how to mend it; a file that is not there is said to be missing."""
    reference = secrets.make("hook-billing", home=tmp_path)
    (tmp_path / "secrets" / "hook-billing").chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        secrets.resolve(reference, home=tmp_path)
    with pytest.raises(Misconfigured, match="no secret in"):
        secrets.resolve("file:other", home=tmp_path)


@pytest.mark.parametrize(
    "given", [SECRET, "env:", "file:../key", "file:/etc/passwd", "env:A B", ""]
)
def test_a_secret_said_outright_is_refused_and_not_repeated(given: str) -> None:
    """Only where it is may be said, and a file only inside the home."""
    with pytest.raises(Refused) as refusal:
        secrets.check(given)
    assert refusal.value.reason == "bad_secret"
    assert given in ("", "env:") or given not in str(refusal.value)
