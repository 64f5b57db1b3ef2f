"""WeCom (企业微信) group robots. What goes there leaves the office, so only a message's brief lines do.

The robot's own rules (developer.work.weixin.qq.com, 群机器人配置说明): a text has at most 2048 bytes of UTF-8, a robot
takes 20 messages a minute, and it answers HTTP 200 also when it refuses: whether the message was taken stands in
``errcode``. A key cannot be tried without sending a message, so a check reaches the server and no further.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic

from notifications.senders import posting
from notifications.senders.base import Deferred, Message, Refused, as_invalid, printable
from notifications.senders.posting import Answer
from notifications.senders.secret import Secret, hidden
from states.channels import WeCom, is_web_address

_SERVICE = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="
LONGEST = 2048
_A_MINUTE, _PER_MINUTE = 60.0, 20
_TOO_OFTEN = 45009
#: The server is busy, or asked too often: it may take the same message later.
_PASSING = (-1, _TOO_OFTEN, 45033)


class WeComSender:
    """Sends to the robot of the organisation ``message.recipient``."""

    def __init__(self, channel: WeCom, robots: Mapping[str, Secret], ticking: Callable[[], float] = monotonic) -> None:
        self._channel, self._robots, self._ticking = channel, robots, ticking
        self._sent: dict[str, deque[float]] = {name: deque(maxlen=_PER_MINUTE) for name in robots}

    def send(self, message: Message) -> None:
        if message.recipient not in self._robots:
            raise Refused("no_robot", message.recipient)
        url = _address(self._robots[message.recipient])
        for text in pieces(message.brief):
            self._within_the_rate(message.recipient)
            body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode()
            headers = {"Content-Type": "application/json; charset=utf-8"}
            _accepted(posting.post(url, body, headers, self._channel.timeout_seconds), url)

    def check(self) -> None:
        for name, secret in self._robots.items():
            with as_invalid(name):
                url = _address(secret)
            posting.reachable(url, self._channel.timeout_seconds)

    def close(self) -> None:
        """Nothing stays open between two messages."""

    def _within_the_rate(self, robot: str) -> None:
        """Note one message. Raises Deferred where the robot had its fill within the last minute."""
        sent, now = self._sent[robot], self._ticking()
        if len(sent) == _PER_MINUTE and now - sent[0] < _A_MINUTE:
            raise Deferred("too_often", f"{_PER_MINUTE}/min", _A_MINUTE - (now - sent[0]))
        sent.append(now)


def pieces(lines: Iterable[str]) -> Iterator[str]:
    """The lines as texts of at most ``LONGEST`` bytes: broken between lines, a line too long between characters."""
    text = ""
    for line in (part for whole in lines for part in _parts(printable(whole.encode("utf-8", "replace").decode()))):
        longer = f"{text}\n{line}" if text else line
        if len(longer.encode()) > LONGEST:
            yield text
            longer = line
        text = longer
    if text:
        yield text


def _parts(line: str) -> Iterator[str]:
    """A line in parts that fit. Cutting UTF-8 may split a character; what is split goes to the next part."""
    rest = line.encode()
    while rest:
        part = rest[:LONGEST].decode("utf-8", "ignore")
        yield part
        rest = rest[len(part.encode()) :]


def _address(secret: Secret) -> str:
    """A robot's URL, from the whole of it or from its key. Raises Deferred: channel_secret_…."""
    told = secret.read()
    url = told if "://" in told else _SERVICE + told
    if not is_web_address(url) or not ("://" in told or re.fullmatch("[A-Za-z0-9_-]{8,128}", told)):
        raise Deferred("channel_secret_unusable", secret.variable or str(secret.path))
    return url


def _accepted(answer: Answer, url: str) -> None:
    said = hidden(answer.text, url, url.rpartition("=")[2])
    if answer.status != 200:
        raise Deferred("server_busy" if answer.status in (429, *range(500, 600)) else "channel_refuses", said)
    try:
        code = json.loads(answer.body)["errcode"]
    except (ValueError, TypeError, KeyError) as error:
        raise Deferred("channel_refuses", said) from error
    if code in _PASSING:
        raise Deferred("too_often" if code == _TOO_OFTEN else "server_busy", said, _A_MINUTE)
    if code != 0:
        raise Refused("robot_refused", said)
