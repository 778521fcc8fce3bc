"""E-mail through the owner's own SMTP server: TLS, sign-in, one connection for many mails."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from typing import NamedTuple

from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Misconfigured, Unavailable
from dunwell.core.message import Message, Receipt


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
    """One connection, many mails; reopened when the server has closed it between two."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self._server: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect and sign in.

        Raises: Unavailable when the server does not answer, Misconfigured when it does not
        offer TLS as set or refuses the sign-in.
        """
        s = self.settings
        context = s.context or ssl.create_default_context()
        try:
            server: smtplib.SMTP
            if s.tls == "tls":
                server = smtplib.SMTP_SSL(s.host, s.port, timeout=s.timeout, context=context)
            else:
                server = smtplib.SMTP(s.host, s.port, timeout=s.timeout)
            server.ehlo_or_helo_if_needed()
            if s.tls == "starttls":
                server.starttls(context=context)
            if s.username:
                server.login(s.username, s.password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            fix = f"the server refused: {error}; check sign-in and tls"
            raise Misconfigured("smtp", fix) from error
        except ssl.SSLCertVerificationError as error:
            fix = f"the server's certificate: {error.verify_message}"
            raise Misconfigured("smtp.tls", fix) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"smtp server {s.host}:{s.port}: {error}") from error
        self._server = server

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Hand one mail over; the receipt holds the server's own answer."""
        server = self._ready()
        try:
            code, answer = server.mail(message.sender_address)
            if code != 250:
                self._reset()
                raise DeliveryFailed(
                    f"sender refused: {_text(answer)}", permanent=False, evidence=str(code)
                )
            code, answer = server.rcpt(message.to)
            if code not in (250, 251):
                self._reset()
                raise DeliveryFailed(
                    f"recipient refused: {_text(answer)}",
                    permanent=500 <= code < 600,
                    evidence=str(code),
                )
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self._drop()
            raise Unavailable(f"the connection broke before the mail left: {error}") from error
        try:
            code, answer = server.data(message.raw)
        except smtplib.SMTPDataError as error:
            self._reset()
            raise DeliveryFailed(
                f"mail refused: {_text(error.smtp_error)}",
                permanent=500 <= error.smtp_code < 600,
                evidence=str(error.smtp_code),
            ) from error
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self._drop()
            raise HandoverUnknown(f"the connection broke while handing over: {error}") from error
        if code != 250:
            self._reset()
            raise DeliveryFailed(
                f"mail refused: {_text(answer)}",
                permanent=500 <= code < 600,
                evidence=str(code),
            )
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
            except (OSError, smtplib.SMTPException):
                server.close()

    def _ready(self) -> smtplib.SMTP:
        if self._server is None:
            self.open()
        assert self._server is not None
        return self._server

    def _reset(self) -> None:
        if self._server is not None:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
