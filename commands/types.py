"""What the command line itself checks: whole numbers and days."""

from __future__ import annotations

from datetime import date

import click

from views.language import _


def whole_number() -> click.types.IntParamType:
    """The type of an option or argument, named in the language."""
    kind = click.types.IntParamType()
    kind.name = _("whole number")
    return kind


class Day(click.ParamType[str]):
    """A day as it is typed; its ISO text is passed on."""

    name = "day"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            self.fail(_("“{value}” is no day; a right one is 2026-01-31.").format(value=value), param, ctx)
