"""The index of a dossier, for people: what lies in the folder, every sign-off, the case, its threads, its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from states.facts import Case, Document, SignOff
from views.case import case_page
from views.chronicle import history_page
from views.labels import label, stage_label
from views.language import _, speaking
from views.names import Names
from views.page import Block, Column, Paragraph, Row, Span, Title, joined, quiet, say, section, strong, table
from views.thread import thread_page
from views.web import FILE, html
from workflow.dossier import FACTS, HEAD, JOURNAL, SUMS, VERIFIER, files_of, snapshot_path
from workflow.results import CaseView, Entry


def index(view: CaseView, entries: Sequence[Entry], names: Names) -> bytes:
    """``index.html``, in Chinese: a dossier is an official paper."""
    with speaking("zh"):
        names = names.of(view.case)
        title = _("Dossier of {project}").format(project=view.case.name)
        return html(title, tuple(_page(title, view, entries, names)), "zh-CN").encode()


def _page(title: str, view: CaseView, entries: Sequence[Entry], names: Names) -> Iterator[Block]:
    case = view.case
    yield Title(say(strong(title)), say(strong(case.id)))
    how = _("Check this folder with “{command}”; it needs nothing but {needs}.")
    yield Paragraph(say(quiet(how.format(command=f"python3 {VERIFIER}", needs="Python 3.9"))))
    heads = _columns(_("file"), _("content"), _("filed under the name"))
    yield from section(_("Files"), table(heads, _files(case, names)))
    heads = _columns(_("no."), _("stage"), _("department"), _("answer"), _("by"), _("state"), _("what was seen"))
    yield from section(_("All sign-offs"), table(heads, [_sign_off(given, names) for given in case.sign_offs]))
    yield from case_page(view, names)
    for facility in case.owed():
        yield from thread_page(case, facility.facility, names)
    yield from section(_("History"), *history_page(entries, names))


def _columns(*titles: str) -> tuple[Column, ...]:
    return tuple(Column(title) for title in titles)


def _files(case: Case, names: Names) -> Iterable[Row]:
    fixed = {
        FACTS: _("the facts of the case, row by row"),
        JOURNAL: _("the journal, entry by entry as it was hashed"),
        HEAD: _("what programs read first"),
        SUMS: _("the SHA-256 of every file"),
        VERIFIER: _("the verifier"),
    }
    for path, text in fixed.items():
        yield (say(Span(path, FILE)), say(text), ())
    others = files_of(case)
    for document in case.documents:
        yield _document(document, files_of(case).get(document.file or ""), names)
        others.pop(document.file or "", None)
    for path in others.values():
        yield (say(Span(path, FILE)), (), ())


def _document(document: Document, path: str | None, names: Names) -> Row:
    link = say(Span(path, FILE)) if path else say(quiet(_("without a file")))
    about = joined((names.document(document.kind), document.reference, quiet(document.issued_on)), " ")
    return (link, about, say(document.filename or ""))


def _sign_off(given: SignOff, names: Names) -> Row:
    place = (stage_label(given.stage), _("visit {n}").format(n=given.visit), _("round {n}").format(n=given.round))
    said = (given.text, given.reason, given.basis, given.requested_change)
    return (
        say(str(given.number)),
        joined(place, "\n"),
        say(names.organisation(given.department)),
        joined((strong(label(given.verdict)), *(text or "" for text in said)), "\n"),
        joined((given.signed_by, given.happened_on), "\n"),
        joined((label(given.status), given.ended_on or ""), "\n"),
        say(Span(snapshot_path(given), FILE)),
    )
