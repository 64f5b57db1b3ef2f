"""Messages as signed JSON to another authority's platform.

The receiver knows the sender by the signature: HMAC-SHA256 with the shared secret over ``timestamp.body``. The
timestamp lets it refuse what is replayed, and the key of idempotency, which is the message's id, what it has already.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from email.utils import parsedate_to_datetime

from notifications.senders import posting
from notifications.senders.base import Deferred, Message, Refused, as_invalid
from notifications.senders.posting import Answer
from notifications.senders.secret import Secret
from states.channels import Webhook
from workflow import clock

_DAY = 86400


class WebhookSender:
    """Posts ``message.data``. A 2xx accepts; 408, 425, 429 and 5xx defer; everything else, redirects too, refuses."""

    def __init__(self, channel: Webhook, secret: Secret) -> None:
        self._channel, self._secret = channel, secret

    def send(self, message: Message) -> None:
        body = json.dumps(message.data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        stamp = str(int(clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": message.id,
            "X-Peijian-Timestamp": stamp,
            "X-Peijian-Signature": signature(self._secret.read(), stamp, body),
        }
        _accepted(posting.post(self._channel.url, body, headers, self._channel.timeout_seconds))

    def check(self) -> None:
        with as_invalid(self._channel.url):
            self._secret.read()
        posting.reachable(self._channel.url, self._channel.timeout_seconds)

    def close(self) -> None:
        """Nothing stays open between two messages."""


def signature(secret: str, stamp: str, body: bytes) -> str:
    """The value of ``X-Peijian-Signature``; ``stamp`` is in seconds since 1970."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _accepted(answer: Answer) -> None:
    if 200 <= answer.status <= 299:
        return
    if 300 <= answer.status <= 399:
        raise Refused("redirected", answer.text)
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise Deferred("server_busy", answer.text, _wait(answer.headers.get("retry-after")))
    raise Refused("server_refused", answer.text)


def _wait(asked: str | None) -> float | None:
    """The seconds of a Retry-After, which has a number or a moment (RFC 9110); a day at most."""
    if not asked:
        return None
    try:
        seconds = float(asked) if asked.strip().isdigit() else parsedate_to_datetime(asked).timestamp() - _now()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _DAY)


def _now() -> float:
    return clock.now().timestamp()
