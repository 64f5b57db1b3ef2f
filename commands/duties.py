"""Duties: what the notice itself asks of organisations by a date."""

from __future__ import annotations

from functools import partial

import click

from commands.frame import Own, Settings, argument, needs
from commands.output import present
from views import terminal
from views.language import _


def _list(shared: Settings, everybody: bool) -> None:
    from views.duties import duties_page
    from workflow import duties, queries

    office = shared.office()
    organisation = None if everybody else queries.whoami(office, shared.token).organisation
    found = duties.lines(office, organisation)
    present(shared, found, queries.current_rules(office), partial(duties_page, found))


def _done(shared: Settings, code: str, document: str | None, period: str | None) -> None:
    """On a terminal the document is asked for where it is not given."""
    from commands import dialogue, forms
    from views.duties import duties_page
    from workflow import duties, queries

    office = shared.office()
    if document is None:
        question = _("{field}: ").format(field=_("number of the document that shows it"))
        document = str(dialogue.ask(question, forms.parser(duties.Report.model_fields["document"])))
    line = duties.done(office, shared.token, code, document, period)
    present(shared, line, queries.current_rules(office), partial(duties_page, [line]))


def _document() -> click.Parameter:
    needed = not terminal.answers()
    text = _("number of the document that shows it")
    return click.Option(["--document"], metavar=_("NUMBER"), required=needed, help=text)


OWN: Own = {
    "duty list": (
        _list,
        needs(lambda: click.Option(["--all", "everybody"], is_flag=True, help=_("of every organisation"))),
    ),
    "duty done": (
        _done,
        needs(
            argument("code"),
            _document,
            lambda: click.Option(
                ["--period"], metavar=_("TEXT"), help=_("month reported on, such as 2020-05, or the due day")
            ),
        ),
    ),
}
