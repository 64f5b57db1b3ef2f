"""The other side of a sender: real servers on this machine, well-behaved and otherwise."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notifications.senders import Message
from states.channels import Smtp
from tests.builders import changed

AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("127.0.0.1", "localhost")
USER, PASSWORD = "peijian", "corr3ct-horse"


def message(**changes: Any) -> Message:
    """A message as the outbox would hand it over."""
    given: dict[str, Any] = {
        "id": "r-20200805-17@peijian.invalid",
        "recipient": "housing",
        "name": "区住建局",
        "address": "housing@office.example",
        "subject": "ZDPT-2020-0901：会签还有3个工作日",
        "text": "项目 ZDPT-2020-0901\n会签期限：2020-08-10\n",
        "html": "<p>项目 ZDPT-2020-0901</p>",
        "brief": ("ZDPT-2020-0901", "会签", "2020-08-10"),
        "data": {"case": "ZDPT-2020-0901", "due_on": "2020-08-10"},
        "created_at": datetime.fromisoformat("2020-08-05T09:00:00+08:00"),
    }
    return Message(**{**given, **changes})


# -- mail --------------------------------------------------------------------------------------------


@dataclass
class Mailroom:
    """What an SMTP server got, and what it is told to answer at each step."""

    answers: dict[str, str] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    greetings: int = 0
    authenticated: bool = False
    port: int = 0

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, host: str, told: Any) -> Any:
        self.greetings += 1
        session.host_name = host
        return told

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        self.authenticated = session.authenticated
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        """What arrived, parsed."""
        return [message_from_bytes(e.original_content or b"", policy=policy.default) for e in self.envelopes]  # type: ignore[misc]


def _who(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword) -> AuthResult:
    return AuthResult(success=login == LoginPassword(USER.encode(), PASSWORD.encode()), handled=False)


def server_context(certificate: trustme.LeafCert = CERTIFICATE) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@contextmanager
def post_office(
    security: str = "none", login: bool = False, certificate: trustme.LeafCert = CERTIFICATE, **answers: str
) -> Iterator[Mailroom]:
    """A real SMTP server; ``answers`` are its words at MAIL, RCPT or DATA."""
    room = Mailroom(answers)
    settings: dict[str, Any] = {"hostname": "127.0.0.1", "port": 0, "ready_timeout": 10}
    if security == "tls":
        settings["ssl_context"] = server_context(certificate)
    elif security == "starttls":
        settings |= {"tls_context": server_context(certificate), "require_starttls": True}
    if login:
        # aiosmtpd takes a connection that is in TLS from the first byte for an open one
        settings |= {
            "authenticator": _who,
            "auth_required": security == "starttls",
            "auth_require_tls": security == "starttls",
        }
    controller = _Anywhere(room, **settings)
    controller.start()
    room.port = controller.server.sockets[0].getsockname()[1]
    try:
        yield room
    finally:
        controller.stop()


class _Anywhere(Controller):
    """A controller on a port that the system chose."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def mail(port: int, **changes: Any) -> Smtp:
    """A channel to a mail server on this machine."""
    channel = Smtp("smtp", "127.0.0.1", port, "none", "peijian@office.example", "配建管理", timeout_seconds=5)
    for key, value in changes.items():
        channel = changed(channel, key, value)
    return channel


# -- anything that speaks over a socket ---------------------------------------------------------------


@contextmanager
def listener(talk: Callable[[socket.socket, Event], None]) -> Iterator[int]:
    """A server that deals with each connection as ``talk`` says, until its event is set; yields its port."""
    done = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    talk(connection, done)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            done.set()
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def dripping(text: bytes, every: float = 0.05) -> Callable[[socket.socket, Event], None]:
    """Says a text over and over, one byte at a time."""

    def talk(connection: socket.socket, done: Event) -> None:
        while True:
            for n in range(len(text)):
                if done.wait(every):
                    return
                connection.sendall(text[n : n + 1])

    return talk


def hanging(connection: socket.socket, done: Event) -> None:
    """Takes the connection and says nothing."""
    done.wait(10)


def script(*answers: bytes | Callable[[socket.socket, Event], None]) -> Callable[[socket.socket, Event], None]:
    """Greets with the first answer and gives the next for each line (or each text ending in a dot) that comes in."""

    def talk(connection: socket.socket, done: Event) -> None:
        for answer in answers:
            if callable(answer):
                answer(connection, done)
                return
            connection.sendall(answer)
            heard = b""
            ending = b"\r\n.\r\n" if answer.startswith(b"354") else b"\r\n"
            while not heard.endswith(ending):
                more = connection.recv(65536)
                if not more:
                    return
                heard += more

    return talk


# -- the web -------------------------------------------------------------------------------------------


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """A web server: what it answers, and what it was asked."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"errcode":0,"errmsg":"ok"}'
    requests: list[Request] = field(default_factory=list)
    url: str = ""


@contextmanager
def site(status: int = 200, secure: bool = False, **given: Any) -> Iterator[Site]:
    """A real HTTP(S) server in a thread."""
    what = Site(status, **given)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            what.requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(what.status)
            for name, value in {"Content-Length": str(len(what.body)), **what.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(what.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keeps quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda request, address: None  # type: ignore[method-assign]
        if secure:
            server.socket = server_context().wrap_socket(server.socket, server_side=True)
        what.url = f"{'https' if secure else 'http'}://127.0.0.1:{server.server_port}/hook"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield what
        finally:
            server.shutdown()
            thread.join(5)
