"""Attach the recorder to every database connection, and take it off again.

It stands first in `connection.execute_wrappers`: Django's own context manager ends in a blind
`pop()`, which must find its own wrapper last.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from django.db import connections
from django.db.backends.signals import connection_created

from querybudget.capture.recorder import record


class ConnectionWatch:
    """The connections that carry the recorder: those open now, and each that opens later."""

    def __init__(self) -> None:
        self._watched: WeakSet[Any] = WeakSet()

    def start(self) -> None:
        """Watch every alias, in this thread now and in any thread from its first connection on."""
        connection_created.connect(self._on_created, weak=False, dispatch_uid="querybudget")
        self.refresh()

    def refresh(self) -> None:
        """Put the recorder (back) in first place on this thread's connections; idempotent."""
        for connection in connections.all(initialized_only=True):
            self.watch(connection)

    def watch(self, connection: Any) -> None:
        """Put the recorder in first place on one connection."""
        wrappers = connection.execute_wrappers
        if wrappers and wrappers[0] is record:
            return
        _remove(wrappers)
        wrappers.insert(0, record)
        self._watched.add(connection)

    def stop(self) -> None:
        """Leave every connection as it was found."""
        connection_created.disconnect(dispatch_uid="querybudget")
        for connection in self._watched:
            _remove(connection.execute_wrappers)
        self._watched.clear()

    def _on_created(self, *, connection: Any, **_: Any) -> None:
        self.watch(connection)


def _remove(wrappers: list[Any]) -> None:
    """Remove the recorder by identity, wherever it stands."""
    wrappers[:] = [wrapper for wrapper in wrappers if wrapper is not record]
