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
    """Run something in a transaction on every open connection, or a savepoint inside one, and undo it.

    What is left open inside, in a cycle of objects, is closed before: PostgreSQL does not know a cursor any
    more that is closed later, and breaks off the transaction.
    """
    opened = [each for each in connections.all(initialized_only=True) if each.connection is not None]
    with ExitStack() as stack:
        for connection in opened:
            stack.enter_context(_undone(connection))
        if any(each.vendor == "postgresql" for each in opened):
            stack.callback(gc.collect)
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
