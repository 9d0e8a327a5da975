"""The state before a request that may change it, so that the request can be made again in it.

A savepoint on each open connection, which is left where it is: nothing is undone unless somebody returns to
it. And what Django keeps in memory: the outbox, caches.
"""

from __future__ import annotations

import itertools
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from django.core import mail
from django.core.cache.backends import locmem
from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Iterable

_numbers = itertools.count(1)


class Memory:
    """The outbox and the caches in memory as they are now."""

    def __init__(self) -> None:
        outbox = getattr(mail, "outbox", None)
        self._sent = None if outbox is None else list(outbox)
        # By store, not by `caches`: these are another set in every thread and coroutine, over one store.
        self._stores = {name: _kept(name) for name in tuple(locmem._locks)}  # made last of the three

    def put_back(self) -> None:
        """Make them what they were."""
        if self._sent is not None:
            mail.outbox[:] = self._sent
        for name in tuple(locmem._locks):
            values, expires = self._stores.get(name, ({}, {}))  # of one that was opened since: nothing
            with locmem._locks[name]:
                _refill(locmem._caches[name], values)
                _refill(locmem._expire_info[name], expires)


def _kept(name: str) -> tuple[Any, Any]:
    with locmem._locks[name]:
        return locmem._caches[name].copy(), locmem._expire_info[name].copy()


def _refill(store: Any, kept: Any) -> None:
    store.clear()
    store.update(kept)


class Moment:
    """The state before a request."""

    def __init__(self, saved: Iterable[_Savepoint]) -> None:
        self._saved = tuple(saved)
        self._memory = Memory()

    @classmethod
    def now(cls) -> Moment | None:
        """Return the state that is; None where a connection has none to return to.

        That is one that runs in no transaction, as in transactional tests, or in a broken one.
        """
        opened = [each for each in connections.all(initialized_only=True) if each.connection is not None]
        if not all(each.in_atomic_block and not each.needs_rollback for each in opened):
            return None
        saved = [_Savepoint(each) for each in opened]
        return cls(saved) if all(each.is_made for each in saved) else None

    def return_to(self) -> bool:
        """Undo all that was changed since; False where that cannot be done any more.

        That is where a transaction it was taken in is over, or another one is open inside.
        """
        if not all(each.is_within_reach() for each in self._saved):
            return False
        is_back = all(each.return_to() for each in self._saved)
        self._memory.put_back()
        return is_back


class _Savepoint:
    """A savepoint of one connection, past Django: nobody's stack of them knows, and nobody counts it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._within = connection.connection, list(connection.savepoint_ids)
        self._name = f"querybudget_{next(_numbers)}"
        self._waiting = list(connection.run_on_commit)
        self.is_made = self._runs(connection.ops.savepoint_create_sql(self._name))

    def _runs(self, statement: str) -> bool:
        raw = self._connection.connection
        with suppress(self._connection.Database.Error), closing(raw.cursor()) as cursor:
            cursor.execute(statement)
            return True
        return False

    def is_within_reach(self) -> bool:
        """Tell whether the transaction is the same, and no block of it was entered or left."""
        connection = self._connection
        now = connection.connection, list(connection.savepoint_ids)
        return connection.in_atomic_block and self._within == now

    def return_to(self) -> bool:
        """Go back; False where it is gone, since somebody has gone back farther."""
        operations = self._connection.ops
        probe = f"{self._name}_probe"
        if not self._runs(operations.savepoint_create_sql(probe)):
            return False
        if not self._runs(operations.savepoint_rollback_sql(self._name)):
            self._runs(operations.savepoint_rollback_sql(probe))  # else PostgreSQL refuses all that follows
            return False
        self._connection.run_on_commit[:] = self._waiting
        return True
