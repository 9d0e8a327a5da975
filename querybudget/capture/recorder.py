"""The hot path: what runs around every query of a watched connection.

It keeps references and walks the stack once. It computes, formats and queries nothing; all of that
happens when a request is judged.
"""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from querybudget.capture import askers, callsite, unread
from querybudget.capture.loops import in_loop
from querybudget.capture.scopes import ROW_MASK, RawEvent
from querybudget.records import OriginKind
from querybudget.session import current, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from querybudget.capture.scopes import Scope


# Statements and branches: a call for a part would cost as much as the part.
def record(  # noqa: C901, PLR0913, PLR0915, PLR0917 - Django's five, and the clock
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
            event.many = many
            connection = context["connection"]
            event.alias = connection.alias
            event.vendor = connection.vendor
            event.started_ns = started
            event.duration_ns = ended - started
            event.has_failed = has_failed
            if by_time:
                event.is_by_time = True
            scope.keep(event)
            # Below stand two of Django's: its cursor's `execute`, and what calls the outermost wrapper.
            frame = sys._getframe(3)
            callsite.look(frame, event)
            if event.asker and event.asker & ROW_MASK == 1:
                event.is_in_loop = in_loop(frame, scope.opened)
            queryset = event.queryset
            if queryset is not None:
                event.queryset = None
                # A query that names no relation may stand for one of an object, where there is a list.
                if scope.has_lists and event.relation is None and event.kind in _ASKING:
                    _note_asker(frame, event, queryset, scope)
            load = event.load
            if load is not None:
                event.load = None
                event.load_number = load.number
                scope.loads[load.number] = load
                kind = event.kind
                if kind is OriginKind.ITERATION:
                    scope.has_lists = True
                if kind in unread.LISTS and not by_time:
                    unread.note(frame, event, scope)
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


def _note_asker(frame: FrameType, event: RawEvent, queryset: Any, scope: Scope) -> None:
    token = current.set(False)
    try:
        askers.note(frame, event, queryset, scope.loads)
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
