"""Duties: what the notice itself asks of organisations by a date."""

from __future__ import annotations

from functools import partial

import click

from commands.frame import Own, Settings, argument, needs
from commands.output import present
from views.language import _


def _list(shared: Settings, everybody: bool) -> None:
    from views.duties import duties_page
    from workflow import duties, queries

    office = shared.office()
    organisation = None if everybody else queries.whoami(office, shared.token)
    found = duties.lines(office, organisation)
    present(shared, found, queries.current_rules(office), partial(duties_page, found))


def _done(shared: Settings, code: str, document: str, period: str | None) -> None:
    from views.duties import duties_page
    from workflow import duties, queries

    office = shared.office()
    line = duties.done(office, shared.token, code, document, period)
    present(shared, line, queries.current_rules(office), partial(duties_page, [line]))


OWN: Own = {
    "duty list": (
        _list,
        needs(lambda: click.Option(["--all", "everybody"], is_flag=True, help=_("of every organisation"))),
    ),
    "duty done": (
        _done,
        needs(
            argument("code"),
            lambda: click.Option(
                ["--document"], metavar=_("NUMBER"), required=True, help=_("number of the document that shows it")
            ),
            lambda: click.Option(
                ["--period"], metavar=_("TEXT"), help=_("month reported on, such as 2020-05, or the due day")
            ),
        ),
    ),
}
