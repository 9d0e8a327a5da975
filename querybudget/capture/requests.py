"""Open a scope where Django takes a request, or where a view is called directly, and close it.

Streamed bodies and responses rendered late belong to their request: its scope is entered again.
"""

from __future__ import annotations

import functools
import json
from contextlib import suppress
from inspect import isawaitable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.core.handlers.base import BaseHandler
from django.http import FileResponse
from django.template.response import SimpleTemplateResponse
from django.views import View

from querybudget import wording
from querybudget.capture import actions, routes, view_budgets, witness
from querybudget.capture.scopes import RequestScope
from querybudget.errors import InvalidDeclaration
from querybudget.session import current, session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Token

    from querybudget.capture.connections import ConnectionWatch
    from querybudget.capture.patching import Patches


def watch(patches: Patches, connections: ConnectionWatch) -> None:
    """Put the hooks in place; `patches` takes them out again."""
    late: WeakKeyDictionary[Any, RequestScope] = WeakKeyDictionary()
    patches.replace(BaseHandler, "get_response", functools.partial(_responding, connections))
    patches.replace(BaseHandler, "get_response_async", functools.partial(_responding_async, connections))
    patches.replace(View, "__init__", functools.partial(_constructing, connections, late))
    patches.replace(SimpleTemplateResponse, "render", functools.partial(_rendering, late))


class Running:
    """A request's scope made current for a while; several times where its body is streamed."""

    def __init__(self, scope: RequestScope) -> None:
        self.scope = scope
        self._token: Token[Any] | None = None

    def __enter__(self) -> RequestScope:
        self.scope.n_running += 1
        self._token = current.set(self.scope)
        return self.scope

    def __exit__(self, *_: object) -> None:
        self.scope.n_running -= 1
        if self._token is not None:
            # An abandoned coroutine is closed in another context, where there is nothing to put back.
            with suppress(ValueError):
                current.reset(self._token)


def open_scope(request: Any, connections: ConnectionWatch) -> RequestScope | None:
    """Open a request's scope; None inside an open request, and where nobody listens."""
    if not session.is_listening or _is_inside_request():
        return None
    try:
        connections.refresh()
    except Exception as error:  # noqa: BLE001 - ours, as in the recorder
        session.report_internal(error)
    scope = RequestScope(_text(request, "method"), _text(request, "path"))
    test = session.test
    if test is not None:
        scope.in_body = test.in_body
        test.add(scope)
    for block in session.blocks:
        block.requests.append(scope)
    return scope


def _is_inside_request() -> bool:
    scope = current.get() or None
    while scope is not None and not isinstance(scope, RequestScope):
        scope = scope.outer
    return scope is not None


def _text(request: Any, name: str) -> str:
    """Read an attribute of a request, which may be a stub that has none."""
    value = getattr(request, name, "")
    return value if isinstance(value, str) else ""


def _keep(scope: RequestScope, make: Callable[..., witness.Witness], *of: Any) -> None:
    """Keep what it takes to make a request again, in runs that replay; where we fail, it is made once."""
    if not session.replays:
        return
    try:
        scope.witness = make(*of, session.config.replay.methods)
    except Exception as error:  # noqa: BLE001 - ours, as in the recorder
        session.report_internal(error)


def _responding(connections: ConnectionWatch, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def respond(handler: Any, request: Any) -> Any:
        __tracebackhide__ = True
        scope = open_scope(request, connections)
        if scope is None:
            return original(handler, request)
        _keep(scope, witness.of_handler, handler, original, request)
        response = None
        try:
            with Running(scope):
                response = original(handler, request)
        finally:
            finish(scope, request, response)
        return response

    return respond


def _responding_async(connections: ConnectionWatch, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    async def respond_async(handler: Any, request: Any) -> Any:
        __tracebackhide__ = True
        scope = open_scope(request, connections)
        if scope is None:
            return await original(handler, request)
        _keep(scope, witness.of_handler, handler, original, request)
        response = None
        try:
            with Running(scope):
                response = await original(handler, request)
        finally:
            finish(scope, request, response)
        return response

    return respond_async


def _constructing(
    connections: ConnectionWatch, late: WeakKeyDictionary[Any, RequestScope], original: Callable[..., None]
) -> Callable[..., None]:
    """Give each view instance a `dispatch` of its own.

    Mixins override `View.dispatch`, DRF has its own and viewsets never call `setup()`; the instance
    attribute is before all of them. It removes itself when called, which also ends the cycle.
    """

    @functools.wraps(original)
    def construct(view: Any, **initkwargs: Any) -> None:
        original(view, **initkwargs)
        if session.is_listening:
            view.dispatch = functools.partial(run_view, connections, late, view)

    return construct


def run_view(
    connections: ConnectionWatch,
    late: WeakKeyDictionary[Any, RequestScope],
    view: Any,
    request: Any,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Dispatch a view inside the open request, or inside one of its own where it is called directly."""
    __tracebackhide__ = True
    view.__dict__.pop("dispatch", None)
    scope = open_scope(request, connections)
    if scope is None:
        actions.note_view(current.get(), view)
        return view.dispatch(request, *args, **kwargs)
    scope.view = view
    _keep(scope, witness.of_view, view, request, args, kwargs)
    response = None
    try:
        with Running(scope):
            response = view.dispatch(request, *args, **kwargs)
    finally:
        if not isawaitable(response):
            _finish_direct(scope, request, response, late)
    return run_view_async(scope, request, response, late) if isawaitable(response) else response


async def run_view_async(
    scope: RequestScope, request: Any, awaitable: Any, late: WeakKeyDictionary[Any, RequestScope]
) -> Any:
    """Finish a directly called asynchronous view inside its request."""
    __tracebackhide__ = True
    response = None
    try:
        with Running(scope):
            response = await awaitable
    finally:
        _finish_direct(scope, request, response, late)
    return response


def _rendering(
    late: WeakKeyDictionary[Any, RequestScope], original: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(original)
    def render_late(response: Any) -> Any:
        scope = late.pop(response, None)
        if scope is None:
            return original(response)
        with Running(scope):
            return original(response)

    return render_late


def _finish_direct(
    scope: RequestScope, request: Any, response: Any, late: WeakKeyDictionary[Any, RequestScope]
) -> None:
    finish(scope, request, response)
    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        late[response] = scope


def finish(scope: RequestScope, request: Any, response: Any) -> None:
    """Note what the response tells; never let our failure reach the test."""
    try:
        action = actions.action_of(request, scope)
        scope.action = action.key
        scope.route = routes.route_of(request)
        _note_declared(scope, action)
        scope.view = type(scope.view) if scope.view is not None else None
        scope.admin = (action.owner, action.model) if action.model is not None else None
        if response is None:
            return
        scope.status = response.status_code
        if scope.witness is not None:
            scope.witness.note_response(response)
        scope.items = n_items(response)
        if response.streaming and not isinstance(response, FileResponse):
            _follow_stream(response, scope)
    except Exception as error:  # noqa: BLE001 - ours, as in the recorder
        scope.failure = error
        session.report_internal(error)


def _note_declared(scope: RequestScope, action: actions.Action) -> None:
    try:
        scope.declared = view_budgets.declared_on(action.owner, action.name)
    except InvalidDeclaration as error:  # told by whoever judges the request
        scope.mistake = error
    except Exception as error:  # noqa: BLE001 - ours: what a view declares must not pass unread
        session.report_internal(error)
        if hasattr(action.owner, view_budgets.ATTRIBUTE):
            scope.mistake = InvalidDeclaration(wording.not_judged(error))


def n_items(response: Any) -> int | None:
    """Count the items of a response: as the project says, or of its list or `results`; None for others.

    Where the project's function fails, or returns no count, that is told and the items are unknown.
    """
    count = session.count_items
    if count is None:
        return _n_listed(response)
    name = session.config.items
    token = current.set(False)  # what it asks the database is part of no request and no block
    try:
        items = count(response)
    except Exception as error:  # noqa: BLE001 - the project's, and no reason to lose the request
        session.tell(wording.items_failed(name, error))
        return None
    finally:
        current.reset(token)
    if items is None or (isinstance(items, int) and not isinstance(items, bool) and items >= 0):
        return items
    session.tell(wording.items_wrong(name, items))
    return None


def _n_listed(response: Any) -> int | None:
    data = getattr(response, "data", None)
    is_final = not response.streaming and getattr(response, "is_rendered", True)
    if data is None and is_final and "json" in response.headers.get("Content-Type", ""):
        data = _parsed(response)
    if isinstance(data, dict):
        data = data.get("results")
    return len(data) if isinstance(data, list) else None


def _parsed(response: Any) -> Any:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None  # a body that is no JSON, or nested without end, has no items to count


def _follow_stream(response: Any, scope: RequestScope) -> None:
    """Run the body's iterator inside the request it belongs to; its closers stay as they are."""
    wrap = AsyncStream if response.is_async else Stream
    response._iterator = wrap(response._iterator, scope)


class Stream:
    """A streamed body, each chunk made inside its request."""

    def __init__(self, chunks: Iterator[Any], scope: RequestScope) -> None:
        self._chunks = chunks
        self._scope = scope

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Any:
        with Running(self._scope):
            return next(self._chunks)


class AsyncStream:
    """The same for an asynchronous body."""

    def __init__(self, chunks: Any, scope: RequestScope) -> None:
        self._chunks = chunks
        self._scope = scope

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Any:
        with Running(self._scope):
            return await anext(self._chunks)
