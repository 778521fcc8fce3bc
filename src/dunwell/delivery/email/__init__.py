"""E-mail through the owner's own SMTP server: TLS, sign-in, one connection for many mails.

What decides between "nothing left the house" and "nobody knows" is the 354 answer to DATA:
before it the mail can be tried again, after it never blindly (SEMANTICS 6.5).
"""

from __future__ import annotations

import datetime as dt
import re
import smtplib
import ssl
from typing import NamedTuple

from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Misconfigured, Unavailable
from dunwell.core.message import Message, Receipt
from dunwell.delivery.email import mime

_BROKEN = (OSError, smtplib.SMTPException)
_ADDRESS = re.compile(r"[^\s@<>\x00-\x20]+@[^\s@<>\x00-\x20]+")
_ABOUT_US = re.compile(r"5\.7\.\d")  # RFC 3463: refused by policy, not a mailbox that is wrong


class SmtpSettings(NamedTuple):
    """How to reach the server. `tls`: none, starttls or tls."""

    host: str
    port: int = 587
    tls: str = "starttls"
    username: str = ""
    password: str = ""
    timeout: float = 30.0
    context: ssl.SSLContext | None = None


class SmtpChannel:
    """One connection, many mails; opened again when the server has closed it between two."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self._server: smtplib.SMTP | None = None
        self._is_used = False

    def open(self) -> None:
        """Connect and sign in.

        Raises: Unavailable when the server does not answer, Misconfigured when it does not
        offer TLS as set or refuses the sign-in.
        """
        if self._server is not None:
            return
        where = f"{self.settings.host}:{self.settings.port}"
        try:
            self._server = _connect(self.settings)
        except smtplib.SMTPAuthenticationError as error:
            words = f"the server refused the sign-in: {error.smtp_code} {_text(error.smtp_error)}"
            if error.smtp_code < 500:
                raise Unavailable(f"smtp server {where}: {words}") from error
            raise Misconfigured("smtp.username", f"{words}; check user and password") from error
        except smtplib.SMTPNotSupportedError as error:
            raise Misconfigured("smtp", f"{where}: {error}; check tls and sign-in") from error
        except ssl.SSLCertVerificationError as error:
            fix = f"the server's certificate: {error.verify_message}; check host"
            raise Misconfigured("smtp.tls", fix) from error
        except ssl.SSLError as error:
            if error.reason == "WRONG_VERSION_NUMBER":
                fix = f"{where} does not begin with TLS; write starttls or another port"
                raise Misconfigured("smtp.tls", fix) from error
            raise Unavailable(f"smtp server {where}: {error}") from error
        except _BROKEN as error:
            raise Unavailable(f"smtp server {where}: {error}") from error
        self._is_used = False

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Hand one mail over; the receipt holds the server's own answer.

        Raises: DeliveryFailed, Unavailable or HandoverUnknown, as `channel.Channel` says.
        """
        sender, to = mime.address(message.sender_address), mime.address(message.to)
        if not _ADDRESS.fullmatch(message.to.strip()):
            raise DeliveryFailed(
                f"{message.to!r} is not an address", permanent=True, evidence="not an address"
            )
        server = self._begin(sender, to)
        self._is_used = True
        try:
            self._accept("recipient refused", *server.rcpt(to))
            code, answer = server.docmd("DATA")
            if code != 354:
                self._accept("mail refused", code, answer, good=())
        except _BROKEN as error:
            self._drop()
            raise Unavailable(f"the connection broke before the mail left: {error}") from error
        try:
            server.send(_stuffed(message.raw))
            code, answer = server.getreply()
        except _BROKEN as error:
            self._drop()
            raise HandoverUnknown(f"the connection broke while handing over: {error}") from error
        self._accept("mail refused", code, answer, good=(250,))
        return Receipt(
            key=message.key,
            channel="email",
            kind="accepted",
            at=at,
            evidence=f"{code} {_text(answer)}"[:500],
        )

    def close(self) -> None:
        """Say goodbye; a server that is gone is gone."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except _BROKEN:
                server.close()

    def _begin(self, sender: str, to: str) -> smtplib.SMTP:
        """Name the sender, on a new connection if the server has left the old one."""
        while True:
            was_used = self._is_used
            server = self._connected()
            options: tuple[str, ...] = ()
            if not (sender + to).isascii():
                if not server.has_extn("smtputf8"):
                    raise DeliveryFailed(
                        f"{to}: the server takes no addresses beyond ASCII",
                        permanent=True,
                        evidence="no SMTPUTF8",
                    )
                options = ("SMTPUTF8",)
            try:
                code, answer = server.mail(sender, options)
            except _BROKEN as error:
                self._drop()
                if was_used:
                    continue
                raise Unavailable(f"the connection broke before the mail left: {error}") from error
            if code == 421 and was_used:
                self._drop()
                continue
            self._accept("sender refused", code, answer, is_about_us=True)
            return server

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            try:
                self.open()
            except Misconfigured as error:
                # It worked when the batch began, so the server has changed its mind meanwhile.
                raise Unavailable(str(error)) from error
        assert self._server is not None
        return self._server

    def _accept(
        self,
        what: str,
        code: int,
        answer: bytes | str,
        *,
        good: tuple[int, ...] = (250, 251),
        is_about_us: bool = False,
    ) -> None:
        """Go on after a good answer.

        Raises: Unavailable when the server is closing (421), else DeliveryFailed; permanent
        only where it is this recipient or mail that is refused, for good.
        """
        if code in good:
            return
        words = _text(answer)
        if code == 421:
            self._drop()
            raise Unavailable(f"the server is closing: {words}")
        self._reset()
        is_permanent = 500 <= code < 600 and not is_about_us and not _ABOUT_US.match(words)
        raise DeliveryFailed(
            f"{what}: {words}",
            permanent=is_permanent,
            evidence=str(code),
            is_address=is_permanent and what == "recipient refused",
            about="us" if is_about_us else "",
        )

    def _reset(self) -> None:
        if self._server is not None:
            try:
                self._server.rset()
            except _BROKEN:
                self._drop()

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._is_used = False


def _connect(s: SmtpSettings) -> smtplib.SMTP:
    context = s.context or ssl.create_default_context()
    server: smtplib.SMTP
    if s.tls == "tls":
        server = smtplib.SMTP_SSL(s.host, s.port, timeout=s.timeout, context=context)
    else:
        server = smtplib.SMTP(s.host, s.port, timeout=s.timeout)
    try:
        server.ehlo_or_helo_if_needed()
        if s.tls == "starttls":
            server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
        if s.username:
            server.login(s.username, s.password)
    except BaseException:
        server.close()
        raise
    return server


def _stuffed(raw: bytes) -> bytes:
    """Return the mail as it goes over the wire: leading dots doubled, ended by a lone dot."""
    end = b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n"
    return (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:] + end


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
