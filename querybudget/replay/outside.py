"""What a request leaves outside the database, kept and put back: outbox, caches in memory, chance."""

from __future__ import annotations

import random
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from django.core import mail
from django.core.cache.backends import locmem
from django.db import connections, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def put_back() -> Iterator[None]:
    """Run something, then put back what it changed in memory; its warnings were given before."""
    with ExitStack() as stack:
        stack.callback(random.setstate, random.getstate())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        outbox = getattr(mail, "outbox", None)
        if outbox is not None:
            sent = list(outbox)
            stack.callback(lambda: outbox.__setitem__(slice(None), sent))
        # By store, not by `caches`: these are another set in every thread and coroutine, over one store.
        for name in tuple(locmem._locks):  # made last of the three
            stack.enter_context(_store_put_back(name))
        yield


@contextmanager
def _store_put_back(name: str) -> Iterator[None]:
    values, expires, lock = locmem._caches[name], locmem._expire_info[name], locmem._locks[name]
    with lock:
        kept, kept_expires = values.copy(), dict(expires)
    try:
        yield
    finally:
        with lock:
            values.clear()
            values.update(kept)
            expires.clear()
            expires.update(kept_expires)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Run something in a transaction on every open connection, or a savepoint inside one, and undo it."""
    opened = [each for each in connections.all(initialized_only=True) if each.connection is not None]
    with ExitStack() as stack:
        for connection in opened:
            stack.enter_context(_undone(connection))
        yield


@contextmanager
def _undone(connection: Any) -> Iterator[None]:
    atomic = transaction.atomic(using=connection.alias)
    atomic._from_testcase = True  # as a TestCase marks its own: `durable=True` works inside
    waiting = list(connection.run_on_commit)
    try:
        with atomic:
            try:
                yield
            finally:
                transaction.set_rollback(True, using=connection.alias)
    finally:
        connection.run_on_commit[:] = waiting


def refusal() -> str:
    """Say why no connection may be asked now; empty where all may."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is None:
            continue
        if connection.force_debug_cursor:
            return f"somebody captures the queries of {connection.alias!r}, and would count these too"
        if connection.needs_rollback or connection.closed_in_transaction:
            return f"the transaction on {connection.alias!r} is broken, and can only be rolled back"
    return ""
