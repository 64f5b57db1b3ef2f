"""Letters and files at the door: a scan goes in and comes out whole, and what has no end is refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from program import Place

LETTER = ("--for", "health", "--letter", "张卫健函〔2020〕1号", "--letter-on", "2020-08-05", "--verdict", "agree")


@pytest.mark.parametrize(
    "command",
    [
        ("document", "add", "{case}", "meeting_minutes", "纪要1", "--issued-on", "2020-08-05", "--file", "/dev/zero"),
        ("sign", "{case}", *LETTER, "--file", "/dev/zero"),
        ("sign", "{case}", "--file", "/dev/zero"),
        ("case", "import", "/dev/zero"),
        ("document", "add", "{case}", "meeting_minutes", "纪要1", "--issued-on", "2020-08-05", "--file", "/tmp"),
    ],
    ids=["attachment", "scan", "fields", "workbook", "folder"],
)
def test_a_file_without_an_end_is_refused(command: tuple[str, ...], office_at: Callable[[str], Place]) -> None:
    done = office_at("planning_joint_review").call(*command, token="nr")
    assert done.exit == 7
    assert "Traceback" not in done.text


def test_the_department_reads_the_scan_of_the_letter_that_was_recorded_for_it(office: Place) -> None:
    office.write("复函.pdf", b"%PDF scan")
    day = ("--for", "health", "--letter", "张卫健函〔2026〕1号", "--letter-on", "2026-01-05", "--verdict", "agree")
    recorded = office.call("sign", "{case}", *day, "--file", "复函.pdf", token="nr")
    assert recorded.exit == 0, recorded.text
    shown = office.call("case", "show", "{case}", token="health").out
    assert "Recorded letters" in shown and "document get" in shown
    taken = office.call("document", "get", "{case}", "1", "--letter", "--output", "out.pdf", token="health")
    assert taken.exit == 0, taken.text
    assert (office.folder / "out.pdf").read_bytes() == b"%PDF scan"
    assert office.call("document", "get", "{case}", "9", "--letter", token="health").exit == 5


@pytest.mark.parametrize("scan", [5, ["复函.pdf"], {"name": "复函.pdf"}, {"path": "复函.pdf"}, "a\0b", True])
def test_a_scan_that_names_no_file_is_invalid_and_no_bug(scan: object, office: Place) -> None:
    fields = {"verdict": "agree", "on_behalf_of": "health", "letter": "1", "letter_on": "2026-01-05", "scan": scan}
    office.write("fields.json", json.dumps(fields))
    done = office.call("sign", "{case}", "--file", "fields.json", token="nr")
    assert done.exit == 7, done.text


def test_the_fields_of_a_letter_come_from_a_file_with_its_scan_beside_them(office: Place) -> None:
    fields = {"verdict": "agree", "on_behalf_of": "health", "letter": "1", "letter_on": "2026-01-05"}
    office.write("复函.pdf", b"%PDF scan")
    office.write("fields.json", json.dumps(fields | {"scan": "复函.pdf"}))
    done = office.call("sign", "{case}", "--file", "fields.json", token="nr")
    assert done.exit == 0, done.text
