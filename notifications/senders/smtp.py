"""Mail by SMTP: TLS with verified certificates, one connection for a batch, a limit on every delivery.

Who is to blame decides what happens. A mailbox that does not exist is refused for good; a password that is wrong, a
certificate that has expired or a server that is away says nothing about the recipient: those are deferred with a
``channel_`` code. An answer lost after the text was handed over is deferred too: the mail may arrive twice, under one
Message-ID, which is better than not at all.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from notifications.senders.base import Deferred, Message, Refused, Undelivered, as_invalid
from notifications.senders.letter import letter
from notifications.senders.secret import Secret, hidden
from notifications.senders.wall_clock import WallClock, trusting
from states.channels import Smtp

#: A check waits no longer than this.
_PATIENCE = 10


class _Connection(smtplib.SMTP):
    """A connection that the clock guards from the first packet on."""

    def __init__(self, channel: Smtp, clock: WallClock, context: ssl.SSLContext) -> None:
        self._clock, self._context, self._implicit = clock, context, channel.security == "tls"
        self.handle: socket.socket | None = None
        # our own name is the sender's domain: asking the resolver for it may take longer than the delivery
        domain = channel.from_address.rpartition("@")[2]
        super().__init__(channel.host, channel.port, local_hostname=domain, timeout=clock.left)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection, self.handle = self._clock.connect(host, port)
        if not self._implicit:
            return connection
        try:
            return self._clock.secured(connection, self._context, host)
        except Deferred:
            self.handle.close()
            raise

    def close(self) -> None:
        super().close()
        if self.handle is not None:
            self.handle.close()


class SmtpSender:
    """Sends each message as a mail to ``message.address``."""

    def __init__(self, channel: Smtp, password: Secret, ca_file: str | None) -> None:
        self._channel, self._password, self._ca_file = channel, password, ca_file
        self._open: _Connection | None = None

    def send(self, message: Message) -> None:
        if message.address is None:
            raise Refused("no_address", message.recipient)
        content = letter(message, self._channel.from_name, self._channel.from_address, message.address).as_bytes()
        with WallClock(self._channel.timeout_seconds) as clock, self._explained(clock, message.address):
            refused = self._connection(clock).sendmail(self._channel.from_address, [message.address], content)
            if refused:  # smtplib returns what it calls a partial refusal
                raise smtplib.SMTPRecipientsRefused(refused)
            if clock.over:  # the beginning of an answer that was cut off reads like a whole one
                raise TimeoutError

    def check(self) -> None:
        place = f"{self._channel.host}:{self._channel.port}"
        self.close()
        seconds = min(self._channel.timeout_seconds, _PATIENCE)
        with as_invalid(place), WallClock(seconds) as clock, self._explained(clock, ""):
            self._connection(clock)
        self.close()

    def close(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            with WallClock(1) as clock, suppress(smtplib.SMTPException, OSError):
                if connection.handle is not None:
                    clock.guard(connection.handle)
                connection.quit()
            connection.close()

    # -- the connection

    def _connection(self, clock: WallClock) -> smtplib.SMTP:
        """The connection of the batch if it still answers, or a new one."""
        if self._open is not None and not self._answers(self._open, clock):
            self._drop()
        if self._open is None:
            self._open = self._connected(clock)
        return self._open

    def _answers(self, connection: _Connection, clock: WallClock) -> bool:
        assert connection.handle is not None
        clock.guard(connection.handle)
        try:
            return connection.rset()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _connected(self, clock: WallClock) -> _Connection:
        password = self._password.read() if self._channel.username is not None else ""
        context = trusting(self._ca_file)
        connection = _Connection(self._channel, clock, context)
        try:
            connection.ehlo_or_helo_if_needed()
            if self._channel.security == "starttls":
                self._start_tls(connection, context)
            if self._channel.username is not None:
                self._log_in(connection, self._channel.username, password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _start_tls(self, connection: smtplib.SMTP, context: ssl.SSLContext) -> None:
        """Without TLS there is no conversation: whoever strips the offer on the way gets nothing."""
        try:
            connection.starttls(context=context)
            connection.ehlo()
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException, ssl.SSLError, ValueError) as error:
            raise Deferred("channel_tls", getattr(error, "verify_message", "") or str(error)) from error

    def _log_in(self, connection: smtplib.SMTP, username: str, password: str) -> None:
        try:
            connection.login(username, password)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPResponseException as error:
            raise Deferred("channel_login", hidden(_answer(error.smtp_code, error.smtp_error), password)) from error
        except (smtplib.SMTPException, UnicodeError) as error:
            raise Deferred("channel_login", hidden(str(error), password)) from error

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    # -- what an outcome means

    @contextmanager
    def _explained(self, clock: WallClock, address: str) -> Iterator[None]:
        """Every way in which a conversation ends, as Refused or Deferred. What is the channel's fault ends the line."""
        try:
            yield
        except (Undelivered, smtplib.SMTPException, OSError, ValueError) as error:
            outcome = self._outcome(error, address)
            if clock.over and not isinstance(outcome, Refused):
                outcome = Deferred("channel_silent")
            if outcome.code.startswith("channel_"):
                self._drop()
            raise outcome from (None if outcome is error else error)

    def _outcome(self, error: Exception, address: str) -> Undelivered:
        match error:
            case Undelivered():
                return error
            case smtplib.SMTPRecipientsRefused():
                return _judged("recipient", *error.recipients[address], address)
            case smtplib.SMTPDataError():
                return _judged("message", error.smtp_code, error.smtp_error, address)
            case smtplib.SMTPSenderRefused(smtp_code=530):
                return Deferred("channel_login", _answer(error.smtp_code, error.smtp_error))
            case smtplib.SMTPSenderRefused():
                return _judged("sender", error.smtp_code, error.smtp_error, self._channel.from_address)
            case smtplib.SMTPResponseException():
                return Deferred("channel_refuses", _answer(error.smtp_code, error.smtp_error))
            case smtplib.SMTPException() if not isinstance(error, smtplib.SMTPServerDisconnected):
                return Deferred("channel_refuses", str(error))
        return Deferred("channel_dropped", str(error))


def _judged(what: str, code: int, said: bytes | str, about: str) -> Undelivered:
    """5xx is final and 4xx may change; anything else is no answer to the question."""
    text = f"{about}: {_answer(code, said)}"
    if 500 <= code <= 599:
        return Refused(f"{what}_refused", text)
    return Deferred(f"{what}_deferred" if 400 <= code <= 499 else "channel_refuses", text)


def _answer(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
