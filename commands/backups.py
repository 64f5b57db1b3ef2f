"""Backups: the whole office in one archive, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.frame import Own, Settings, argument, needs
from commands.output import not_stdout, note, say
from views.language import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflow.results import Finding


def _backup(shared: Settings, target: str) -> None:
    from workflow import backup

    if target == "-":
        raise not_stdout(f"{_('TARGET')} -")
    done = backup.backup(shared.office(), shared.token, Path(target))
    files = ngettext("{n} file", "{n} files", done.files).format(n=done.files)
    text = _("Backup {path}: the database and {files}; SHA-256 {sha256}")
    say(shared, done.model_dump(), text.format(path=done.path, files=files, sha256=done.sha256))
    _tell(done.findings, _("The records were not sound when the backup was made; it holds them as they are:"))


def _restore(shared: Settings, source: str) -> None:
    from workflow import clock, restore

    done = restore.restore(Path(source), shared.database_address(), shared.config_path(), clock.now())
    files = ngettext("{n} file", "{n} files", done.files).format(n=done.files)
    text = _("Restored to {database}: the database of {made_at} and {files}; everything fits the backup.")
    at = done.made_at[:16].replace("T", " ")
    say(shared, done.model_dump(), text.format(database=done.database, made_at=at, files=files))
    _tell(done.findings, _("The records were not sound when the backup was made; it holds them as they are:"))
    note(_("Messages wait until the administrator types “peijian remind resume”."))


def _tell(findings: Iterable[Finding], head: str) -> None:
    from views.wording import finding_text

    lines = [finding_text(finding.code, finding.params) for finding in findings]
    for line in (head, *lines) if lines else ():
        note(line)


OWN: Own = {
    "backup": (_backup, needs(argument("target"))),
    "restore": (_restore, needs(argument("source"))),
}
