"""The hot path: what runs around every query of a watched connection.

It keeps references and walks the stack once. It computes, formats and queries nothing; all of that
happens when a request is judged.
"""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from querybudget.capture import askers, callsite
from querybudget.capture.loops import in_loop
from querybudget.capture.scopes import ROW_MASK, RawEvent
from querybudget.records import OriginKind
from querybudget.session import current, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from querybudget.capture.scopes import Scope


def record(  # noqa: PLR0913, PLR0917 - Django's five, and the clock
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
        _keep(scope, sql, params, many, context, started, clock() - started, has_failed, by_time)


def _keep(  # noqa: PLR0913, PLR0915, PLR0917 - one call a query: a parameter object would cost as much as the work
    scope: Scope,
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001
    context: Mapping[str, Any],
    started_ns: int,
    duration_ns: int,
    has_failed: bool,  # noqa: FBT001
    by_time: bool,  # noqa: FBT001
) -> None:
    # Whatever of the project runs while we look (a property, a manager) is outside: never recorded.
    token = current.set(False)
    try:
        connection = context["connection"]
        event = RawEvent()
        event.sql = sql
        # Its owner may change it before it is digested; Django itself passes tuples.
        copy = _COPIES.get(type(params))
        event.params = copy(params) if copy is not None else params
        event.many = many
        event.alias = connection.alias
        event.vendor = connection.vendor
        event.started_ns = started_ns
        event.duration_ns = duration_ns
        event.has_failed = has_failed
        event.is_by_time = by_time
        scope.keep(event)
        frame = sys._getframe(2)
        callsite.look(frame, event)
        if event.asker & ROW_MASK == 1:
            event.is_in_loop = in_loop(frame, scope.opened)
        if event.queryset is not None:
            _note_asker(frame, event, scope)
        load = event.load
        if load is not None:
            scope.loads[load.number] = load
            scope.has_lists |= event.kind is OriginKind.ITERATION
    except Exception as error:  # noqa: BLE001 - whatever fails here is ours and must not reach the test
        scope.n_blind += 1
        session.report_internal(error)
    finally:
        current.reset(token)


def _note_asker(frame: FrameType, event: RawEvent, scope: Scope) -> None:
    """Look for the object a query was asked for, where it names no relation and there is a list."""
    queryset, event.queryset = event.queryset, None
    if scope.has_lists and event.relation is None and event.kind in _ASKING:
        askers.note(frame, event, queryset)


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
_COPIES: dict[type, Callable[[Any], Any]] = {list: tuple, dict: dict}
