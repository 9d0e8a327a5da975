"""What a request leaves outside the database, kept and put back: outbox, caches in memory, chance."""

from __future__ import annotations

import gc
import logging
import random
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction

from querybudget.capture.moments import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def put_back() -> Iterator[None]:
    """Run something, then put back what it changed in memory; its warnings and logs were given before."""
    memory, chance, silenced = Memory(), random.getstate(), logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(silenced)
        memory.put_back()
        random.setstate(chance)


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
                with _cursors_closed(connection):
                    yield
            finally:
                transaction.set_rollback(True, using=connection.alias)
    finally:
        connection.run_on_commit[:] = waiting


@contextmanager
def _cursors_closed(connection: Any) -> Iterator[None]:
    """Run something, and close what it has opened in PostgreSQL and left in a cycle of objects.

    That knows a cursor no more that is closed after all was rolled back, and breaks off the transaction. To
    look for cycles takes long: only where there was such a cursor.
    """
    if connection.vendor != "postgresql":
        yield
        return
    opened = []

    def chunked_cursor() -> Any:
        opened.append(True)
        return type(connection).chunked_cursor(connection)

    connection.chunked_cursor = chunked_cursor
    try:
        yield
    finally:
        del connection.chunked_cursor
        if opened:
            gc.collect()


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
