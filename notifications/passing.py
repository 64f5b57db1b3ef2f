"""One pass over everything that is to be told: scan, gather, deliver."""

from __future__ import annotations

import os
from collections.abc import Callable

from notifications.deliver import Opener, deliver
from notifications.gather import gather, in_hours
from notifications.scan import scan
from notifications.senders import Sender, open_sender
from states.channels import AnyChannel
from states.errors import Invalid
from workflow import held
from workflow.office import Office
from workflow.results import PassResult

#: What a rehearsal may send by: its days are played, and nobody outside must hear of them.
_HARMLESS = ("folder", "console")


def run_pass(office: Office, opener: Opener, stopping: Callable[[], bool] = lambda: False) -> PassResult:
    """Go round once, at the office's present moment; ``stopping`` is asked between two steps or messages.

    What a crash leaves undone the next pass does. After a restore nothing is done.
    """
    with office.database.transaction() as tx:
        if held.since(tx, office.district):
            return PassResult(found=0, gathered=0, sent=0, deferred=0, refused=0, skipped=0, held=True)
    found, gathered = scan(office, stopping), gather(office, stopping)
    counts = deliver(office, opener, stopping)
    names = ("sent", "deferred", "refused", "skipped")
    with office.database.transaction() as tx:
        closed = not in_hours(tx, office)
    return PassResult(found=found, gathered=gathered, closed=closed, **{name: counts[name] for name in names})


def opener_of(office: Office) -> Opener:
    """Opens the channels of an office. Raises Invalid for one that would carry a rehearsal out of the house."""

    def opened(name: str, channel: AnyChannel) -> Sender:
        if office.rehearsal and channel.kind not in _HARMLESS:
            raise Invalid("rehearsal_channel", {"channel": name})
        return open_sender(channel, base=office.files.folder.parent, environment=os.environ)

    return opened
