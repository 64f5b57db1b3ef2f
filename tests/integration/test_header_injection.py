"""Whatever people type into names and subjects: a mail has the headers and recipients that were meant, and no other.

The inputs are put together at random, with a seed, from what has broken mail programs before: line ends of every kind,
encoded words that hold line ends, pieces of headers, comments, quotes, groups and characters that no one sees.
"""

from __future__ import annotations

import random
from email import message_from_bytes, policy
from pathlib import Path

from notifications.senders import Refused, open_sender
from notifications.senders.letter import header_text, letter
from tests.far_ends import mail, message, post_office

SEED, INPUTS = 20200805, 2400
PIECES = [
    "\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\t", " ", "\r\n ", "\n\t", "\x7f",
    "\u200b", "\u202e", "\ufeff", "\ud800", "\udfff", "\x1b[2J", "=?", "?=", "=\0?", "=\r\n?",
    "=?utf-8?q?a=0ABcc:_x=40evil.example?=", "=?utf-8?q?=0D=0ABcc:_x=40evil.example=0D=0A=0D=0Abody?=",
    "=?utf-8?b?YQpCY2M6IHhAZXZpbC5leGFtcGxl?=", "=?us-ascii?q?=0a?=", "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0a=3F=3D?=",
    "=?unknown?q?=0a?=", "=?utf-8?q?=00?=", "Bcc: x@evil.example", "To: x@evil.example", "Subject: evil",
    "Content-Type: text/html", "X-Evil: 1", "RCPT TO:<x@evil.example>", "\r\n.\r\n", "\r\nDATA\r\n", "<", ">", "@", ",",
    ";", ":", '"', "\\", "(", ")", "[", "]", "<x@evil.example>", ", x@evil.example", "group: x@evil.example;", "张店",
    "区住建局", "中" * 90, "a" * 300, "é", "😀", "'", "`", "%0d%0a", "\\r\\n", "&#10;", "",
]  # fmt: skip
MEANT = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]


def typed(chance: random.Random) -> str:
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6)))


def squeezed(text: str) -> str:
    """Without blanks: where a long header is folded, some come or go."""
    return "".join(text.split())


def test_exactly_the_intended_headers_and_recipients() -> None:
    chance = random.Random(SEED)
    with post_office() as room:
        channel = mail(room.port, from_name=typed(chance))
        sender = open_sender(channel, base=Path(), environment={})
        sent = [
            message(id=f"{n}@x", subject=typed(chance), name=typed(chance), text="", html="") for n in range(INPUTS)
        ]
        for each in sent:
            sender.send(each)
        sender.close()
    assert len(room.envelopes) == INPUTS
    for each, envelope, got in zip(sent, room.envelopes, room.mails, strict=True):
        assert (envelope.mail_from, envelope.rcpt_tos) == ("peijian@office.example", ["housing@office.example"])
        assert got.keys() == MEANT, envelope.original_content
        assert [a.addr_spec for a in got["To"].addresses] == ["housing@office.example"], envelope.original_content
        assert [a.addr_spec for a in got["From"].addresses] == ["peijian@office.example"], envelope.original_content
        assert got["Message-ID"] == f"<{each.id}>"
        assert [part.get_content_type() for part in got.walk()] == ["multipart/alternative", "text/plain", "text/html"]
        said = {"Subject": each.subject, "To": each.name, "From": channel.from_name}
        for name, text in said.items():
            arrived = str(got[name]) if name == "Subject" else got[name].addresses[0].display_name
            assert (arrived.isprintable(), squeezed(arrived)) == (
                True,
                squeezed(header_text(text, 240 if name == "Subject" else 64)),
            ), text


def test_plain_texts_arrive_unchanged() -> None:
    for text in (
        "ZDPT-2020-0901：会签还有3个工作日",
        "a, b; (c) <d> \"e\" 'f'",
        "=? not ?= quite",
        "100 % =",
        "😀 é 中",
    ):
        got = message_from_bytes(
            letter(message(subject=text, name=text), "n", "a@b.example", "c@d.example").as_bytes(),
            policy=policy.default,
        )
        meant = text.replace("=?", "= ?")
        assert (got["Subject"], got["To"].addresses[0].display_name) == (meant, meant)


def test_an_address_and_an_id_are_taken_as_they_are_or_not_at_all() -> None:
    chance = random.Random(SEED)
    for _ in range(INPUTS):
        address, name = f"{typed(chance)}@{typed(chance)}", f"{typed(chance)}@{typed(chance)}"
        for m, a in ((message(), address), (message(id=name), "a@b.example")):
            try:
                got = message_from_bytes(letter(m, "n", "a@b.example", a).as_bytes(), policy=policy.default)
            except Refused:
                continue
            assert got.keys() == MEANT
            assert [x.addr_spec for x in got["To"].addresses] == [a]
            assert got["Message-ID"] == f"<{m.id}>"
