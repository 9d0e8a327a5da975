"""The hot path: what runs around every query of a watched connection.

It keeps references and walks the stack once. It computes, formats and queries nothing; all of that
happens when a request is judged.
"""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from querybudget.capture import askers, scopes, unread, walk
from querybudget.capture.loops import in_loop
from querybudget.capture.scopes import ROW_MASK, RawEvent
from querybudget.records import OriginKind
from querybudget.session import current, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from querybudget.capture.scopes import Scope


# Statements and branches: a call for a part would cost as much as the part.
def record(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - Django's five, and the clock
    execute: Callable[..., Any],
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - Django's signature of an execute wrapper
    context: Mapping[str, Any],
    # Bound as a default: freezegun replaces the names of modules, not defaults.
    clock: Callable[[], int] = perf_counter_ns,
) -> Any:
    """Execute as Django would, and keep what is needed to tell of it.

    The result and any exception pass untouched. Being outermost, it sees attempts: also those that
    an inner wrapper answers or refuses.
    """
    __tracebackhide__ = True
    scope = current.get()
    by_time = False
    if not scope:
        # Falsy is two things: False in a test's own code, None where no one has said.
        stray = session.stray_scope() if scope is None else None
        if stray is None:
            return execute(sql, params, many, context)
        scope, by_time = stray, True
    started = clock()
    has_failed = True
    try:
        result = execute(sql, params, many, context)
        has_failed = False
        return result
    finally:
        ended = clock()
        try:
            event = RawEvent()
            event.sql = sql
            # Its owner may change it before it is digested; Django itself passes tuples.
            event.params = params if type(params) is tuple else _copy(params)
            if many:
                event.many = True
            connection = context["connection"]
            event.alias = connection.alias
            event.vendor = connection.vendor
            event.started_ns = started
            event.ended_ns = ended
            if has_failed:
                event.has_failed = True
            if by_time:
                event.is_by_time = True
            if len(scope.events) < scopes.MAX_EVENTS:
                scope.events.append(event)
            else:
                scope.dropped[event.alias, event.vendor, sql] += 1
            # Below stand two of Django's: its cursor's `execute`, and what calls the outermost wrapper.
            frame = sys._getframe(3)
            walk.look(frame, event)
            if event.asker and event.asker & ROW_MASK == 1:
                event.is_in_loop = in_loop(frame, scope.opened, event.load)
            queryset = event.queryset
            if queryset is not None:
                event.queryset = None
                # A query that names no relation may stand for one of an object, where there is a list.
                if scope.has_lists and event.relation is None and event.kind in _ASKING:
                    _note_asker(frame, event, queryset, scope)
            if event.load is not None and event.kind in _LISTING:
                _note_list(frame, event, scope)
        except Exception as error:  # noqa: BLE001 - whatever fails here is ours and must not reach the test
            scope.n_blind += 1
            _report(error)


def _report(error: Exception) -> None:
    """Tell of our own failure; what listens to warnings is the project's, and what it asks nobody's query."""
    token = current.set(False)
    try:
        session.report_internal(error)
    finally:
        current.reset(token)


def _note_list(frame: FrameType, event: RawEvent, scope: Scope) -> None:
    """Note a load of several objects, and hold it against its queryset."""
    if event.kind is not OriginKind.RELATION and event.load is not None:
        scope.lists.add(event.load.number)
    if event.kind is OriginKind.ITERATION:
        scope.has_lists = True
    if event.kind in unread.LISTS and not event.is_by_time:
        unread.note(frame, event, scope)


_LISTING = unread.LISTS | {OriginKind.PREFETCH}


def _note_asker(frame: FrameType, event: RawEvent, queryset: Any, scope: Scope) -> None:
    token = current.set(False)
    try:
        askers.note(frame, event, queryset, scope.lists)
    finally:
        current.reset(token)


_ASKING = frozenset(
    {
        OriginKind.ITERATION,
        OriginKind.GET,
        OriginKind.FIRST,
        OriginKind.COUNT,
        OriginKind.EXISTS,
        OriginKind.AGGREGATE,
    }
)
"""Origins that may stand for a relation of an object."""


def _copy(params: Any) -> Any:
    copy = _COPIES.get(type(params))
    return params if copy is None else copy(params)


_COPIES: dict[type, Callable[[Any], Any]] = {list: tuple, dict: dict}
