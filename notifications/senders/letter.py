"""A message as an e-mail, in which nothing but what was meant becomes a header.

Names and subjects hold what people typed. A control character in one could end a header and begin another, and so
could one that is *encoded* (``=?utf-8?q?a=0AB?=``): Python reads header texts it is given as if they came from the
wire, and decodes them. So control characters become blanks, and then every opening of an
encoded word is broken up; in this order, so that nothing taken away can make one. What is left is text, and stays text.
"""

from __future__ import annotations

import re
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from notifications.senders.base import Message, Refused, printable
from states.channels import is_mailbox

#: Nothing above 7 bits leaves, so that the oldest relay on the way changes nothing.
_WIRE = policy.SMTP.clone(cte_type="7bit")
_MESSAGE_ID = r"[A-Za-z0-9._+-]{1,128}@[A-Za-z0-9.-]{1,128}"
_LONGEST_NAME, _LONGEST_SUBJECT = 64, 240


def header_text(text: str, longest: int = _LONGEST_SUBJECT) -> str:
    """A text that can stand in a header: one line, no encoded words, valid Unicode."""
    legible = text.encode("utf-8", "replace").decode()
    return printable(legible).replace("=?", "= ?")[:longest].strip()


def letter(message: Message, from_name: str, from_address: str, address: str) -> EmailMessage:
    """The mail: plain text and HTML, the same at every attempt. Raises Refused: bad_address, bad_message_id."""
    if not is_mailbox(address):
        raise Refused("bad_address", address)
    if re.fullmatch(_MESSAGE_ID, message.id) is None:
        raise Refused("bad_message_id", message.id)
    mail = EmailMessage(policy=_WIRE)
    mail["From"] = _mailbox(from_name, from_address)
    mail["To"] = _mailbox(message.name, address)
    mail["Subject"] = header_text(message.subject)
    mail["Date"] = message.created_at
    mail["Message-ID"] = f"<{message.id}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_body(message.text), charset="utf-8", cte="base64")
    mail.add_alternative(_body(message.html), subtype="html", charset="utf-8", cte="base64")
    # drawn by chance otherwise, and a second attempt would differ from the first
    mail.set_boundary(f"=_{message.id.partition('@')[0][:40]}_=")
    return mail


def _mailbox(name: str, address: str) -> Address:
    return Address(header_text(name, _LONGEST_NAME), addr_spec=address)


def _body(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
