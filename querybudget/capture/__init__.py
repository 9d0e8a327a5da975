"""The Django side: watches connections, requests and loads from `start` to `stop`."""

from __future__ import annotations

from querybudget.capture import callsite, loads, made, requests, surroundings, unread
from querybudget.capture.connections import ConnectionWatch
from querybudget.capture.patching import Patches
from querybudget.session import session


class Capture:
    """Everything put in place for recording; nests, and is taken out by the last to leave."""

    def __init__(self) -> None:
        self._depth = 0
        self.patches = Patches()
        self.connections = ConnectionWatch()

    def start(self) -> None:
        """Begin to record, or join a recording that runs."""
        self._depth += 1
        if self._depth > 1:
            return
        callsite.codes.forget_if_moved()
        self.connections.start(self.patches)
        loads.watch(self.patches)
        unread.watch(self.patches)
        requests.watch(self.patches, self.connections)

    def stop(self) -> None:
        """Leave; the last to leave puts everything back."""
        self._depth -= 1
        if self._depth:
            return
        self.patches.undo()
        self.connections.stop()


def watch_for_replays(patches: Patches) -> None:
    """Follow what a run has to know besides that makes requests again; `patches` stops it."""
    surroundings.watch(patches)
    made.watch(patches)


def start() -> Capture:
    """Start the process-wide recording and return it; every start needs its `stop`."""
    if session.capture is None:
        session.capture = Capture()
    session.capture.start()
    return session.capture
