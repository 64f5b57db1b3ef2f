"""How often may be asked: each good token, and each place without one, has a bucket of requests that fills up again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

#: Buckets that are remembered; whoever was forgotten starts with a full one.
_REMEMBERED = 10_000


class Rates:
    """``per_second`` requests in the long run, ``at_once`` after a pause. ``clock``: seconds that only grow."""

    def __init__(self, per_second: float, at_once: int, clock: Callable[[], float]) -> None:
        self._per_second, self._at_once, self._clock = per_second, at_once, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, token: str | None, place: str) -> float:
        """Take one request out of the bucket; seconds to wait where it is empty, else 0.

        A token that has let nobody in yet is none: whoever guesses would have a full bucket for every guess.
        """
        key = _digest(token) if token and _digest(token) in self._buckets else place
        now = self._clock()
        left, at = self._buckets.pop(key, (float(self._at_once), now))
        left = min(self._at_once, left + (now - at) * self._per_second)
        self._buckets[key] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) / self._per_second

    def admitted(self, token: str, place: str) -> None:
        """The token has let somebody in: its bucket is its own from now on, and the first request came out of it."""
        if _digest(token) not in self._buckets:
            self._buckets[_digest(token)] = (self._at_once - 1, self._clock())
            left, at = self._buckets.get(place, (self._at_once - 1, self._clock()))
            self._buckets[place] = (left + 1, at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
