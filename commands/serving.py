"""The service: the same requests over the network, until it is stopped."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import click

from commands.frame import Own, Settings, needs
from commands.output import note
from commands.types import whole_number
from views.language import _

if TYPE_CHECKING:
    import uvicorn

_HOST, _PORT = "127.0.0.1", 8642
#: Requests of one token: in the long run a second, and at once after a pause.
_PER_SECOND, _AT_ONCE = 20, 100
#: Requests that are under way may end within so many seconds.
_GRACE = 90


def _serve(shared: Settings, host: str, port: int, per_second: int, at_once: int) -> None:
    """Ctrl-C or SIGTERM ends it: nothing new is taken, what is under way is answered."""
    import time

    import uvicorn

    from service.rates import Rates
    from service.web import Service, application

    if shared.json:
        raise click.UsageError(_("--json does not go with it: a service has no end."))
    if per_second < 1 or at_once < 1:
        raise click.UsageError(_("--per-second and --at-once: 1 or more."))
    shared.office()  # says at once what is wrong with database or configuration
    service = Service(shared.database_address(), shared.config_path())
    config = uvicorn.Config(
        application(service, Rates(per_second, at_once, time.monotonic)),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        forwarded_allow_ips="127.0.0.1",
    )
    server = uvicorn.Server(config)
    with _listening(host, port) as listening:
        _end_well_when_told(server)
        text = _("Serving on http://{host}:{port}; Ctrl-C ends it. TLS is for a proxy in front.")
        note(text.format(host=f"[{host}]" if ":" in host else host, port=listening.getsockname()[1]))
        server.run([listening])


def _listening(host: str, port: int) -> socket.socket:
    """Raises Invalid where nobody can listen."""
    from states.errors import Invalid

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError, UnicodeError) as error:
        told = {"host": host, "port": port, "error": str(error)}
        raise Invalid("cannot_listen", told) from error


def _end_well_when_told(server: uvicorn.Server) -> None:
    """Also before it has begun to listen to signals itself, and when it passes them on in the end."""

    def end(*_signal: object) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


OWN: Own = {
    "serve": (
        _serve,
        needs(
            lambda: click.Option(["--host"], metavar=_("SERVER"), default=_HOST, help=_("address to listen on")),
            lambda: click.Option(
                ["--port"], type=whole_number(), metavar=_("NUMBER"), default=_PORT, help=_("port to listen on")
            ),
            lambda: click.Option(
                ["--per-second"], type=whole_number(), metavar=_("NUMBER"), default=_PER_SECOND,
                help=_("requests a second that each token may make in the long run"),
            ),
            lambda: click.Option(
                ["--at-once"], type=whole_number(), metavar=_("NUMBER"), default=_AT_ONCE,
                help=_("requests that each token may make at once after a pause"),
            ),
        ),
    ),
}  # fmt: skip
