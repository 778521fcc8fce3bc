"""One contract for every way out of the house, and what only a mail server can do wrong."""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from sample_messages import mail

from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Misconfigured, Unavailable
from dunwell.delivery.channel import Channel
from dunwell.delivery.email import SmtpChannel, SmtpSettings
from dunwell.delivery.file_outbox import FileOutbox
from dunwell.delivery.memory import MemoryChannel
from dunwell.delivery.sms import SmsChannel, double, twilio

AT = dt.datetime(2026, 3, 12, 9, 0, tzinfo=dt.UTC)
PERMANENT, TEMPORARY, VANISHING = "gone@a.example", "later@a.example", "vanish@a.example"
TEXT = b"Subject: Dots\r\n\r\n.\r\n..two\r\n" + b"x" * 900 + b"\r\nlast line without an end"


class Rig(Protocol):
    """A channel with the other side in hand."""

    channel: Channel

    def taken(self) -> list[bytes]: ...

    def take_down(self) -> None: ...


class MemoryRig:
    """The channel in memory, told whom to refuse."""

    def __init__(self, *_: object) -> None:
        self.memory = MemoryChannel(
            refuses=[PERMANENT], defers=[TEMPORARY], breaks=[VANISHING]
        )  # fmt: skip
        self.channel: Channel = self.memory

    def taken(self) -> list[bytes]:
        return [m.raw for m in self.memory.sent]

    def take_down(self) -> None:
        self.memory.is_down = True

    def stop(self) -> None:
        """Nothing runs."""


class FileRig:
    """The file outbox; it can be unreachable, and never refuses."""

    def __init__(self, folder: Path, *_: object) -> None:
        self.folder = folder / "outbox"
        self.channel: Channel = FileOutbox(self.folder)

    def taken(self) -> list[bytes]:
        files = sorted(self.folder.glob("*/*"), key=lambda f: (f.stat().st_mtime_ns, f.name))
        return [f.read_bytes() for f in files]

    def take_down(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.write_text("a file where the folder should be")

    def stop(self) -> None:
        """Nothing runs."""


class House:
    """What the mail server does with each recipient; it keeps what it has taken."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []
        self.connections = 0
        self.transports: list[Any] = []
        self.is_full = False

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if server.transport not in self.transports:
            self.connections += 1
            self.transports.append(server.transport)
        return responses

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 5.1.8 we do not know you"
        envelope.mail_from, envelope.mail_options = address, options
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        says = {
            PERMANENT: "550 5.1.1 no such mailbox",
            TEMPORARY: "451 4.3.0 try again later",
            "policy@a.example": "550 5.7.1 not from your network",
        }
        if address == "cut@a.example":
            server.transport.abort()
        if self.is_full:
            return "421 4.3.2 closing"
        if address in says:
            return says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if VANISHING in envelope.rcpt_tos:
            server.transport.abort()
            return "250 nobody hears this"
        if "content@a.example" in envelope.rcpt_tos:
            return "554 5.6.0 content refused"
        if "busy@a.example" in envelope.rcpt_tos:
            return "452 4.3.1 disk full"
        self.kept.append(envelope)
        return f"250 2.0.0 queued as {len(self.kept)}"


class Certificate:
    """A certificate for localhost that signs itself, made for this run."""

    def __init__(self, folder: Path) -> None:
        self.crt, key = folder / "localhost.crt", folder / "localhost.key"
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.crt,
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(self.crt, key)
        self.trusted = ssl.create_default_context(cafile=str(self.crt))


def _signs_in(
    server: Any, session: Session, envelope: Envelope, mechanism: str, given: Any
) -> AuthResult:
    good = LoginPassword(b"ar@example.com", b"correct horse")
    return AuthResult(success=given == good, handled=False)


class SmtpRig:
    """A real server on a port of its own, and the channel to it."""

    def __init__(self, folder: Path, certificate: Certificate, tls: str = "none") -> None:
        self.certificate, self.tls = certificate, tls
        self.house = House()
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        options: dict[str, dict[str, Any]] = {
            "none": {"enable_SMTPUTF8": False},
            "utf8": {"enable_SMTPUTF8": True},
            "starttls": {
                "tls_context": certificate.server, "require_starttls": True,
                "authenticator": _signs_in, "auth_required": True,
            },
            "tls": {
                "ssl_context": certificate.server,
                "authenticator": _signs_in, "auth_require_tls": False,
            },
        }  # fmt: skip
        self.controller = Controller(
            self.house, hostname="localhost", port=self.port, **options[tls]
        )
        self.controller.start()
        self.channel: Channel = SmtpChannel(self.settings())

    def settings(self, **changes: Any) -> SmtpSettings:
        """How to reach this server, as an operator would set it."""
        is_secure = self.tls in ("starttls", "tls")
        given = {
            "host": "localhost", "port": self.port, "tls": self.tls if is_secure else "none",
            "username": "ar@example.com" if is_secure else "",
            "password": "correct horse" if is_secure else "",
            "timeout": 10, "context": self.certificate.trusted,
        } | changes  # fmt: skip
        return SmtpSettings(**given)

    def taken(self) -> list[bytes]:
        return [e.content for e in self.house.kept if isinstance(e.content, bytes)]

    def hang_up(self) -> None:
        """Close every connection, as servers do with those that are idle."""
        loop = self.controller.loop
        for transport in self.house.transports:
            loop.call_soon_threadsafe(transport.close)

    def take_down(self) -> None:
        self.hang_up()
        self.controller.stop()

    def stop(self) -> None:
        """Stop the server if it still runs, and let go of the connection."""
        self.channel.close()
        if self.controller.server is not None:
            self.controller.stop()


NUMBERS = {PERMANENT: "+491710000001", TEMPORARY: "+491710000002", VANISHING: "+491710000003"}


class Dialling(SmsChannel):
    """The channel for text messages, with a number for each address of these tests."""

    def send(self, message: Any, *, at: dt.datetime) -> Any:
        """Send to the number."""
        number = NUMBERS.get(message.to, "+491710000000")
        return super().send(msgspec.structs.replace(message, to=number), at=at)


class SmsRig:
    """A provider of text messages on this machine, over real HTTP."""

    medium = "sms"

    def __init__(self, *_: object) -> None:
        self.double = double.Double(clock=lambda: AT)
        self.double.refuses[NUMBERS[PERMANENT]] = 21614
        self.double.fails[NUMBERS[TEMPORARY]] = 30003
        self.double.breaks.add(NUMBERS[VANISHING])
        self.provider = twilio.Twilio(
            twilio.TwilioSettings(
                double.ACCOUNT, double.TOKEN, double.SENDER, self.double.start(), timeout=10
            )
        )
        self.channel: Channel = Dialling(self.provider)

    def taken(self) -> list[bytes]:
        gone = NUMBERS[VANISHING]
        return [text.encode() for to, text in self.double.taken() if to != gone]

    def take_down(self) -> None:
        self.double.stop()

    def stop(self) -> None:
        """Stop the provider if it still runs."""
        self.double.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("certificate"))


def _rig(name: str, folder: Path, certificate: Certificate) -> Any:
    if name == "memory":
        return MemoryRig()
    if name == "files":
        return FileRig(folder)
    if name == "sms":
        return SmsRig()
    return SmtpRig(folder, certificate, name.removeprefix("smtp-"))


SMTP = ("smtp-none", "smtp-starttls", "smtp-tls")


@pytest.fixture(params=("memory", "files", "sms", *SMTP))
def rig(request: pytest.FixtureRequest, tmp_path: Path, certificate: Certificate) -> Iterator[Any]:
    """Every channel."""
    found = _rig(request.param, tmp_path, certificate)
    yield found
    found.stop()


@pytest.fixture(params=("memory", "sms", *SMTP))
def refusing(
    request: pytest.FixtureRequest, tmp_path: Path, certificate: Certificate
) -> Iterator[Any]:
    """Every channel whose other side can say no."""
    found = _rig(request.param, tmp_path, certificate)
    yield found
    found.stop()


@pytest.fixture
def smtp(tmp_path: Path, certificate: Certificate) -> Iterator[SmtpRig]:
    found = SmtpRig(tmp_path, certificate)
    yield found
    found.stop()


def test_a_receipt_is_given_for_what_was_taken_byte_for_byte(rig: Rig) -> None:
    """The other side holds exactly the bytes of the message; the receipt names it and says when."""
    sent = mail("key-1", raw=TEXT + b"\r\n")
    rig.channel.open()
    receipt = rig.channel.send(sent, at=AT)
    rig.channel.close()
    assert rig.taken() == [sent.raw]
    medium = getattr(rig, "medium", "email")
    assert (receipt.key, receipt.channel, receipt.at) == ("key-1", medium, AT)
    assert receipt.kind in ("accepted", "written")
    assert receipt.evidence


def test_many_go_through_one_opening(rig: Rig) -> None:
    """Twenty-five messages are taken in order after one `open`."""
    messages = [mail(f"key-{n:02}", raw=b"Subject: %d\r\n\r\nHello\r\n" % n) for n in range(25)]
    rig.channel.open()
    receipts = [rig.channel.send(m, at=AT) for m in messages]
    rig.channel.close()
    assert rig.taken() == [m.raw for m in messages]
    assert [r.key for r in receipts] == [m.key for m in messages]


def test_a_channel_may_be_opened_and_closed_twice(rig: Rig) -> None:
    """Opening twice and closing twice changes nothing; after that it opens again."""
    rig.channel.open()
    rig.channel.open()
    rig.channel.close()
    rig.channel.close()
    rig.channel.open()
    rig.channel.send(mail(), at=AT)
    rig.channel.close()
    assert len(rig.taken()) == 1


def test_what_cannot_be_reached_is_unavailable(rig: Rig) -> None:
    """When nothing can have left the house, `Unavailable` says so, and nothing is there."""
    rig.take_down()
    with pytest.raises(Unavailable):
        rig.channel.open()
    with pytest.raises(Unavailable):
        rig.channel.send(mail(), at=AT)


@pytest.mark.parametrize(("to", "is_permanent"), [(PERMANENT, True), (TEMPORARY, False)])
def test_a_no_is_a_failure_with_evidence(refusing: Rig, to: str, is_permanent: bool) -> None:  # noqa: FBT001
    """A refusal for good is permanent, one for now is not; the next message still goes."""
    refusing.channel.open()
    with pytest.raises(DeliveryFailed) as refused:
        refusing.channel.send(mail("key-1", to), at=AT)
    assert refused.value.permanent is is_permanent
    assert refused.value.evidence
    refusing.channel.send(mail("key-2", "fine@a.example"), at=AT)
    assert len(refusing.taken()) == 1


def test_nobody_knows_when_the_line_breaks_while_handing_over(refusing: Rig) -> None:
    """A connection lost after the content left is `HandoverUnknown`; the next message goes."""
    refusing.channel.open()
    with pytest.raises(HandoverUnknown):
        refusing.channel.send(mail("key-1", VANISHING), at=AT)
    refusing.channel.send(mail("key-2", "fine@a.example"), at=AT)
    assert len(refusing.taken()) == 1


def test_the_outbox_writes_a_key_once(tmp_path: Path) -> None:
    """A key that is in the outbox stays as it was; its receipt says where."""
    rig = FileRig(tmp_path)
    rig.channel.open()
    first = rig.channel.send(mail("key-1"), at=AT)
    again = rig.channel.send(mail("key-1", raw=b"Subject: other\r\n\r\n"), at=AT)
    rig.channel.close()
    assert first == again
    assert first.evidence == "2026-03-12/key-1.eml"
    assert rig.taken() == [mail().raw]


def test_the_outbox_gives_letters_their_own_ending(tmp_path: Path) -> None:
    """A letter lies in the outbox as a PDF, and no half-written file beside it."""
    rig = FileRig(tmp_path)
    rig.channel.open()
    rig.channel.send(mail("key-1", "C-1", channel="letter", raw=b"%PDF-1.7"), at=AT)
    rig.channel.close()
    assert [f.name for f in rig.folder.glob("*/*")] == ["key-1.pdf"]


def test_many_mails_share_one_connection(smtp: SmtpRig) -> None:
    """Refusals between mails do not end the connection either."""
    smtp.channel.open()
    for n in range(30):
        smtp.channel.send(mail(f"key-{n}"), at=AT)
        with pytest.raises(DeliveryFailed):
            smtp.channel.send(mail(f"no-{n}", PERMANENT), at=AT)
    assert len(smtp.taken()) == 30
    assert smtp.house.connections == 1


def test_a_server_that_hung_up_between_two_mails_is_called_again(smtp: SmtpRig) -> None:
    """The second mail goes over a new connection, once."""
    smtp.channel.open()
    smtp.channel.send(mail("key-1"), at=AT)
    smtp.hang_up()
    smtp.channel.send(mail("key-2"), at=AT)
    assert len(smtp.taken()) == 2
    assert smtp.house.connections == 2


def test_a_line_that_breaks_before_the_content_left_is_unavailable(smtp: SmtpRig) -> None:
    """Without the server's leave to send the content, the mail can safely be tried again."""
    smtp.channel.open()
    with pytest.raises(Unavailable):
        smtp.channel.send(mail("key-1", "cut@a.example"), at=AT)
    smtp.channel.send(mail("key-2"), at=AT)
    assert len(smtp.taken()) == 1


def test_a_server_that_is_closing_is_unavailable(smtp: SmtpRig) -> None:
    """421 is about the server, not about the recipient."""
    smtp.channel.open()
    smtp.house.is_full = True
    with pytest.raises(Unavailable, match="closing"):
        smtp.channel.send(mail(), at=AT)


@pytest.mark.parametrize(
    ("to", "is_permanent"), [("content@a.example", True), ("busy@a.example", False)]
)
def test_a_no_after_the_content_is_a_failure_too(
    smtp: SmtpRig, to: str, is_permanent: bool  # noqa: FBT001
) -> None:  # fmt: skip
    """554 to the content is permanent, 452 is not; neither is unknown."""
    smtp.channel.open()
    with pytest.raises(DeliveryFailed) as refused:
        smtp.channel.send(mail("key-1", to), at=AT)
    assert refused.value.permanent is is_permanent


@pytest.mark.parametrize(
    "sent", [mail(to="policy@a.example"), mail(sender_address="nobody@example.com")]
)
def test_a_no_that_is_about_us_leaves_the_address_alone(smtp: SmtpRig, sent: Any) -> None:
    """A refusal by policy, or of the sender, says nothing about the recipient's mailbox."""
    smtp.channel.open()
    with pytest.raises(DeliveryFailed) as refused:
        smtp.channel.send(sent, at=AT)
    assert refused.value.permanent is False


@pytest.mark.parametrize(
    "to",
    [
        "", "no-at-sign", "two@at@example.com", "a b@example.com", "@example.com", "a@",
        "a@example.com>\r\nRCPT TO:<all@example.com", "a@example.com\r\nDATA",
    ],
)  # fmt: skip
def test_what_is_no_address_never_reaches_the_wire(smtp: SmtpRig, to: str) -> None:
    """A broken or malicious address is refused for good, and nothing is taken."""
    smtp.channel.open()
    with pytest.raises(DeliveryFailed) as refused:
        smtp.channel.send(mail("key-1", to), at=AT)
    assert refused.value.permanent is True
    assert smtp.taken() == []
    smtp.channel.send(mail("key-2"), at=AT)
    assert smtp.house.kept[0].rcpt_tos == ["a@example.com"]


def test_an_international_domain_goes_as_ascii(smtp: SmtpRig) -> None:
    """Every server can take a domain beyond ASCII in its ASCII form."""
    smtp.channel.open()
    smtp.channel.send(mail(to="rechnung@bäckerei.example"), at=AT)
    assert smtp.house.kept[0].rcpt_tos == ["rechnung@xn--bckerei-5wa.example"]


def test_an_international_mailbox_needs_a_server_that_takes_it(
    smtp: SmtpRig, tmp_path: Path, certificate: Certificate
) -> None:
    """Without SMTPUTF8 the address is refused for good; with it the mail goes."""
    smtp.channel.open()
    with pytest.raises(DeliveryFailed) as refused:
        smtp.channel.send(mail(to="jörg@example.com"), at=AT)
    assert refused.value.permanent is True
    modern = SmtpRig(tmp_path, certificate, "utf8")
    modern.channel.open()
    modern.channel.send(mail(to="jörg@example.com"), at=AT)
    assert modern.house.kept[0].rcpt_tos == ["jörg@example.com"]
    modern.stop()


def _refused_setting(settings: SmtpSettings) -> str:
    channel = SmtpChannel(settings)
    with pytest.raises(Misconfigured) as found:
        channel.open()
    channel.close()
    return found.value.setting


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_wrong_settings_are_named(tmp_path: Path, certificate: Certificate, tls: str) -> None:
    """A wrong password and a certificate nobody vouches for are the operator's to mend."""
    rig = SmtpRig(tmp_path, certificate, tls)
    assert _refused_setting(rig.settings(password="wrong")) == "smtp.username"
    assert _refused_setting(rig.settings(context=None)) == "smtp.tls"
    rig.stop()


def test_tls_that_is_not_offered_is_never_done_without(smtp: SmtpRig) -> None:
    """A server without TLS is refused where TLS is set, however it is set."""
    assert _refused_setting(smtp.settings(tls="starttls")) == "smtp"
    assert _refused_setting(smtp.settings(tls="tls")) == "smtp.tls"
    assert smtp.taken() == []


def test_a_sign_in_that_stops_working_meanwhile_keeps_the_work(
    tmp_path: Path, certificate: Certificate
) -> None:
    """When the connection must be made again and the sign-in fails, nothing has left the house."""
    rig = SmtpRig(tmp_path, certificate, "starttls")
    channel = SmtpChannel(rig.settings())
    channel.open()
    channel.send(mail("key-1"), at=AT)
    channel.settings = rig.settings(password="changed since")
    rig.hang_up()
    with pytest.raises(Unavailable):
        channel.send(mail("key-2"), at=AT)
    channel.close()
    rig.stop()
