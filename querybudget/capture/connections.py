"""Attach the recorder to every database connection, and take it off again.

It stands first in `connection.execute_wrappers`: Django's own context manager ends in a blind
`pop()`, which must find its own wrapper last.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from querybudget.capture.recorder import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from querybudget.capture.patching import Patches


class ConnectionWatch:
    """The connections that carry the recorder: every one that hands out a cursor, in any thread."""

    def __init__(self) -> None:
        self._watched: WeakSet[Any] = WeakSet()
        self._opening: WeakSet[Any] = WeakSet()

    def start(self, patches: Patches) -> None:
        """Watch this thread's open connections now, and any other from its next cursor on.

        A connection that opens from now on says so itself, once Django has set it up: what it is set
        up with is nobody's query. One that another thread opened before is met at its next cursor.
        """
        patches.replace(BaseDatabaseWrapper, "connect", self._connecting)
        patches.replace(BaseDatabaseWrapper, "_cursor", self._handing_out)
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

    def _handing_out(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def cursor(connection: Any, name: Any = None) -> Any:
            # Django's own parameter by name: passing on any (`*args, **kwargs`) takes several times as long.
            wrappers = connection.execute_wrappers
            if not wrappers or wrappers[0] is not record:
                self._meet(connection)
            return original(connection, name)

        return cursor

    def _meet(self, connection: Any) -> None:
        """Watch a connection that hands out a cursor, unless it is only being set up."""
        if connection.connection is not None and connection not in self._opening:
            self.watch(connection)

    def _connecting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def connect(connection: Any) -> Any:
            self._opening.add(connection)
            try:
                return original(connection)
            finally:
                self._opening.discard(connection)

        return connect

    def _on_created(self, *, connection: Any, **_: Any) -> None:
        self.watch(connection)


def _remove(wrappers: list[Any]) -> None:
    """Remove the recorder by identity, wherever it stands."""
    wrappers[:] = [wrapper for wrapper in wrappers if wrapper is not record]
